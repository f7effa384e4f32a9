package cmd

import "github.com/spf13/cobra"

func newRegistryCmd(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:     "registry",
		GroupID: "registry",
		Short:   "Make, fill and publish registries on IPFS",
		Long: `A registry is an index of packages on IPFS: one root CID for each state, named
by a signed IPNS record. These commands make one on this machine, mirror
packages of an npm registry into it, and publish it through a Kubo node.`,
		Example: `  ipnpm registry create team
  ipnpm registry mirror --package-json package.json
  ipnpm registry publish
  ipnpm install --registry=ipns://k51qzi5uqu5d...`,
	}
	c.AddCommand(newRegistryCreateCmd(a), newRegistryMirrorCmd(a), newRegistryFollowCmd(a), newRegistryPublishCmd(a), newRegistryLsCmd(a), newRegistryShowCmd(a),
		newRegistryLogCmd(a), newRegistryDiffCmd(a), newRegistryProviderCmd(a), newRegistryRotateCmd(a), newRegistryVerifyCmd(a),
		newRegistryAdvisoriesCmd(a), newRegistryGCCmd(a))
	return grouped(c)
}
