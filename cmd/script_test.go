package cmd

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ipnpm/ipnpm/ipfsstore/embedded"
)

// TestMain lets the scripts run this test binary as our programs. That libp2p is
// linked into it changes nothing: its ipnpm is given none, and finds ipnpm-peers
// beside it.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"ipnpm": func() { os.Exit(Main(context.Background(), System(), os.Args[1:])) },
		"ipnpm-peers": func() {
			os.Exit(MainWith(context.Background(), System(), os.Args[1:], embedded.Network{}))
		},
		"ipnpx": func() { os.Exit(Main(context.Background(), System(), append([]string{"exec"}, os.Args[1:]...))) },
	})
}

// TestScripts runs testdata/script/*.txtar, each in an empty folder with an
// empty HOME, and against loopback alone: no registry and no node but those
// that the script starts. Beside testscript's own commands there are
//
//	registry …         an npm registry, see script_registry_test.go
//	kubo, gateway …    a real Kubo and a gateway, see script_ipfs_test.go
//	serve …            `ipnpm serve`, see script_serve_test.go
//	peer …             a peer that lies, see script_peer_test.go
//	json, tree, …      looks at outcomes, see script_check_test.go
func TestScripts(t *testing.T) {
	testscript.Run(t, scriptParams(filepath.Join("testdata", "script")))
}

// scriptParams are those of the scripts in a folder.
func scriptParams(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		Setup:               setUpScript,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"registry": registryCommand,
			"mktar":    mktarCommand,
			"kubo":     kuboCommand,
			"gateway":  gatewayCommand,
			"serve":    serveCommand,
			"peer":     peerCommand,
			"json":     jsonCommand,
			"field":    fieldCommand,
			"tree":     treeCommand,
			"replace":  replaceCommand,
			"flip":     flipCommand,
			"refused":  refusedCommand,
			"code":     codeCommand,
			"failure":  failureCommand,
			"glob":     globCommand,
		},
	}
}

// world is what the commands of one script share.
type world struct {
	t        testing.TB
	registry *scriptRegistry
	kubo     *scriptKubo
	before   *scriptKubo // the one that was started before kubo
	gateway  *lyingGateway
	serve    *testServe
}

type worldKey struct{}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(worldKey{}).(*world) }

func setUpScript(e *testscript.Env) error {
	e.Values[worldKey{}] = &world{t: e.T().(testing.TB)}
	home := filepath.Join(e.WorkDir, ".home")
	if err := os.MkdirAll(home, 0o755); err != nil {
		return err
	}
	for _, kv := range [...][2]string{
		{"HOME", home},
		{"USERPROFILE", home},
		// A script that names no registry must not find the real one.
		{"npm_config_registry", "http://127.0.0.1:9/"},
		{"npm_config_fetch_retries", "1"},
		{"npm_config_fetch_retry_mintimeout", "1"},
		{"npm_config_fetch_retry_maxtimeout", "5"},
		{"npm_config_update_notifier", "false"},
		// Nor may it find machines of the network that the tests run in.
		{"npm_config_ipfs_lan", "false"},
		{"NO_COLOR", "1"},
	} {
		e.Setenv(kv[0], kv[1])
	}
	return nil
}
