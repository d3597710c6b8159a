// Package v2 registers what stands in YAML: by its kind's name, where the SDK has a function for each of a thousand kinds.
package v2

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// RegisterResource registers one object of any kind.
func RegisterResource(
	ctx *pulumi.Context,
	apiVersion, kind, name string,
	props pulumi.Input,
	opts ...pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	if apiVersion == "v1" {
		apiVersion = "core/v1"
	}
	object := new(pulumi.CustomResourceState)
	err := ctx.RegisterResource("kubernetes:"+apiVersion+":"+kind, name, props, object, opts...)
	return object, err
}
