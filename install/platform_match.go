package install

import "github.com/ipnpm/ipnpm/lockfile"

// Supports says whether os, cpu and libc lists admit the platform, by the
// rules of npm-install-checks.
func (p Platform) Supports(os, cpu, libc []string) bool {
	return p.supports(&lockfile.Package{OS: os, CPU: cpu, Libc: libc})
}

// OrDetected fills the empty fields from this machine.
func (p Platform) OrDetected() Platform { return p.orDetected() }
