package kubotest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/internal/kubotest"
)

func TestStartOffline(t *testing.T) {
	t.Parallel()
	n := kubotest.Start(t, kubotest.Options{Config: map[string]any{"Import.CidVersion": 1}})
	c := strings.TrimSpace(n.Run(t, []byte("hello"), "add", "-Q"))
	if c != "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq" {
		t.Errorf("add gives %s", c)
	}
	api, err := os.ReadFile(filepath.Join(n.RepoPath, "api"))
	if err != nil || strings.TrimSpace(string(api)) != n.API {
		t.Errorf("api file %q, %v, want %q", api, err, n.API)
	}
	n.Kill()
	if _, err := os.Stat(filepath.Join(n.RepoPath, "api")); err != nil {
		t.Errorf("a kill should leave the api file: %v", err)
	}
}

func TestTwoNodesExchange(t *testing.T) {
	t.Parallel()
	a := kubotest.Start(t, kubotest.Options{Online: true})
	b := kubotest.Start(t, kubotest.Options{Online: true, Peers: []*kubotest.Node{a}})
	c := strings.TrimSpace(a.Run(t, []byte("from a"), "add", "-Q", "--cid-version=1"))
	if got := b.Run(t, nil, "cat", c); got != "from a" {
		t.Errorf("b reads %q", got)
	}
}
