// The Kubernetes plugin of Pulumi.
package main

import (
	_ "embed"
	"io"
	"os"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

// The module's own: the build lays it in this folder.
//
//go:embed schema.json
var schema []byte

func main() {
	go endWithEngine()
	provider.Serve("kubernetes", version.Version, schema, []byte("{}"))
}

// endWithEngine ends the plugin with the engine that holds its standard input open; one that was killed would be missed only
// minutes later.
func endWithEngine() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}
