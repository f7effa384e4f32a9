// Command ipnpx is ipnpm exec under the name that users of npx look for.
package main

import (
	"context"
	"os"

	"github.com/ipnpm/ipnpm/cmd"
)

func main() {
	os.Exit(cmd.Main(context.Background(), cmd.System(), append([]string{"exec"}, os.Args[1:]...)))
}
