// Command registry is the distribution registry with the one storage driver the sandbox uses.
// Upstream's own command also links the Azure, Google and S3 drivers, which are most of its build.
package main

import (
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
)

func main() {
	if err := registry.RootCmd.Execute(); err != nil {
		os.Exit(1)
	}
}
