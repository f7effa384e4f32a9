package cmd

import (
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/ipnpm/ipnpm/install/lifecycle"
)

// runner is what runs scripts, which print to out: npm's environment around the
// user's own.
func (s *session) runner(command string, out io.Writer) lifecycle.Runner {
	a, cfg := s.app, s.cfg
	self, err := os.Executable()
	if err != nil {
		self = "ipnpm"
	}
	return lifecycle.Runner{
		Env:       a.Env,
		Shell:     cfg.String("script-shell"),
		Config:    s.scriptConfig(),
		UserAgent: s.userAgent,
		Command:   command,
		InitCwd:   a.Dir,
		ExecPath:  self,
		Tools:     sync.OnceValue(s.tools),
		Stdin:     a.In,
		Stdout:    out,
		Stderr:    a.stderr(),
		Watch:     s.watchScript,
	}
}

// watchScript notes a script for the progress line, which leaves the terminal to
// those in the foreground, and for the trace.
func (s *session) watchScript(script lifecycle.Script) (ended func()) {
	resume := func() {}
	if script.Foreground {
		resume = s.bar.yield()
	}
	end := s.begin("scripts", filepath.Base(script.Dir)+" "+script.Event)
	return func() {
		end()
		resume()
	}
}

// tools are looked for on the PATH, for the first script that runs.
func (s *session) tools() lifecycle.Tools {
	node, _ := s.app.nodePath() // a script that needs none runs without
	gyp, gypBin := s.nodeGyp()
	return lifecycle.Tools{Node: node, Gyp: gyp, GypBin: gypBin}
}

// nodeGyp is what builds native packages: the configured one, or the one that
// the npm on the PATH brings along. Without either, a package that needs it
// fails with the shell's own message.
func (s *session) nodeGyp() (script, binDir string) {
	if own := s.cfg.String("node-gyp"); own != "" {
		return own, ""
	}
	npm, err := s.app.lookPath("npm")
	if err != nil {
		return "", ""
	}
	script, binDir, _ = lifecycle.GypOf(npm)
	return script, binDir
}

// scriptConfig holds the configuration that packages' own scripts look at:
// prefix and what node-gyp reads. The runner adds the user agent.
func (s *session) scriptConfig() map[string]string {
	out := map[string]string{"local-prefix": s.project}
	for _, key := range [...]string{"registry", "cache", "nodedir", "node-gyp", "noproxy", "https-proxy", "proxy"} {
		if v := s.cfg.String(key); v != "" {
			out[key] = v
		}
	}
	if s.app.isGlobal() {
		out["global"] = "true"
	}
	return out
}
