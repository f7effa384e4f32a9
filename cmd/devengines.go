package cmd

import (
	"context"

	"github.com/ipnpm/ipnpm/manifest"
)

// npmVersion is the npm whose behaviour this program has, for those who ask for
// a version of it.
const npmVersion = "12.2.0"

// checkDevEngines compares the project's devEngines with what it is worked on
// with. Who asks for npm is content: that is what this program stands in for.
// The other field, packageManager, is for Corepack alone, as with npm.
func (s *session) checkDevEngines(ctx context.Context, p *project) error {
	m := p.file.Manifest
	if len(m.DevEngines) == 0 {
		return nil
	}
	here := s.platform()
	for _, e := range m.CheckDevEngines(map[string][]manifest.Engine{
		"packageManager": {{Name: "ipnpm", Version: s.app.version()}, {Name: "npm", Version: npmVersion}},
		"runtime":        {{Name: "node", Version: s.nodeVersion(ctx)}},
		"os":             {{Name: here.OS}},
		"cpu":            {{Name: here.CPU}},
		"libc":           {{Name: here.Libc}},
	}) {
		if !e.Warn && !s.cfg.Bool("force") {
			return e
		}
		s.app.warn("%v", e)
	}
	return nil
}
