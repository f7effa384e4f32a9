// Command ipnpm installs npm packages by content identifier from IPFS. All of
// it is in package cmd; main only hands over the process.
package main

import (
	"context"
	"os"

	"github.com/ipnpm/ipnpm/cmd"
)

func main() {
	os.Exit(cmd.Main(context.Background(), cmd.System(), os.Args[1:]))
}
