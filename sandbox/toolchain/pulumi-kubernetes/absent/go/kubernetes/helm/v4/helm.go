// Package v4 holds the inputs of a Helm chart that the plugin reads.
package v4

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// RepositoryOptsInput is RepositoryOpts, known or not yet.
type RepositoryOptsInput interface{ pulumi.Input }

// RepositoryOpts says where a chart is and how to get in.
type RepositoryOpts struct {
	CaFile   pulumi.AssetOrArchive `pulumi:"caFile"`
	CertFile pulumi.AssetOrArchive `pulumi:"certFile"`
	KeyFile  pulumi.AssetOrArchive `pulumi:"keyFile"`
	Password *string               `pulumi:"password"`
	Repo     *string               `pulumi:"repo"`
	Username *string               `pulumi:"username"`
}

// PostRendererInput is PostRenderer, known or not yet.
type PostRendererInput interface{ pulumi.Input }

// PostRenderer is a command that a chart's manifests are piped through.
type PostRenderer struct {
	Args    []string `pulumi:"args"`
	Command string   `pulumi:"command"`
}
