// Command versitygw is the Versity S3 gateway on a directory of this machine, for one account.
// Upstream's own command also links its gateways to Azure, ScoutFS and other S3 servers, and its test suite.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: ROOT_ACCESS_KEY=… ROOT_SECRET_KEY=… versitygw <address:port> <folder of buckets> <folder of metadata>")
		os.Exit(2)
	}
	if err := serve(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve ends with a SIGINT or SIGTERM. Metadata is in files of its own, for not every file system has attributes.
func serve(address, buckets, metadata string) error {
	store, err := meta.NewSideCar(metadata)
	if err != nil {
		return err
	}
	backend, err := posix.New(buckets, store, posix.PosixOpts{
		SideCarDir:          metadata,
		NewDirPerm:          0o700,
		Concurrency:         100,
		CopyObjectThreshold: 5 << 30,
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
		RootUserAccess:    os.Getenv("ROOT_ACCESS_KEY"),
		RootUserSecret:    os.Getenv("ROOT_SECRET_KEY"),
		Ports:             []string{address},
		MaxConnections:    1000,
		MaxRequests:       1000,
		MultipartMaxParts: 10000,
		KeepAlive:         true,
		Quiet:             true,
	})
}
