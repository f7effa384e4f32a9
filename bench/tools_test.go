package main

import (
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	t.Parallel()
	b := &binaries{dir: "bin", ipnpm: "ipnpm"}
	all := func() []tool {
		tools := b.peers("http://127.0.0.1:1/")
		for _, source := range []string{registrySource, kuboSource} {
			tools = append(tools, b.ours(source, servers{}, "ipns://k51")...)
		}
		return tools
	}
	for list, want := range map[string]string{
		"":                    "npm,pnpm,yarn,bun,ipnpm,ipnpm linked,ipnpm (kubo),ipnpm linked (kubo)",
		"ipnpm,bun":           "bun,ipnpm,ipnpm (kubo)",
		"ipnpm linked (kubo)": "ipnpm linked (kubo)",
		"bun,ipnpm (gateway)": "",
	} {
		tools, err := choose(all(), list)
		var got []string
		for _, tool := range tools {
			got = append(got, tool.name)
		}
		if strings.Join(got, ",") != want || (err == nil) != (want != "") {
			t.Errorf("%q chooses %q, %v", list, got, err)
		}
	}
}
