// Command ipnpm-peers is ipnpm with libp2p in it. ipnpm runs it where it asks
// peers, and to serve; why they are two programs says package ipfsstore/peering.
package main

import (
	"context"
	"os"

	"github.com/ipnpm/ipnpm/cmd"
	"github.com/ipnpm/ipnpm/ipfsstore/embedded"
)

func main() {
	os.Exit(cmd.MainWith(context.Background(), cmd.System(), os.Args[1:], embedded.Network{}))
}
