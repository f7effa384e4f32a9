package cmd

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/resolve"
)

// summarize tells what an install did: on Out what changed, on Err what needs
// attention. With --json the same as one object.
func (a *app) summarize(s *session, out *outcome) error {
	if a.json {
		return a.printJSON(a.summaryJSON(s, out))
	}
	if a.silent || a.loglevel == "error" {
		return nil
	}
	if out.result == nil {
		n := packagesIn(out.lock)
		fmt.Fprintf(a.Out, "%s %d %s in %s\n", out.did("locked", "would lock"), n, plural(n, "package"), took(out.took))
		return a.attention(s, out)
	}
	a.changes(out)
	fmt.Fprintln(a.Out, a.fitOut(totals(out)+" in "+took(out.took)))
	if line := ranLine(out.result.Ran); line != "" {
		fmt.Fprintln(a.Out, a.fitOut(line))
	}
	for _, line := range append([]string{usageLine(s.usage())}, s.described()...) {
		if line != "" {
			fmt.Fprintln(a.Out, a.paintOut(dim, a.fitOut(line)))
		}
	}
	return a.attention(s, out)
}

// packagesIn counts what a lockfile has but the project and its links.
func packagesIn(lock *lockfile.Lockfile) int {
	n := 0
	for location, pkg := range lock.Packages {
		if location != "" && !pkg.Link {
			n++
		}
	}
	return n
}

// totals is npm's sentence: "added 3 packages, removed 1 package, and 120
// are as they were".
func totals(out *outcome) string {
	r := out.result
	var parts []string
	for _, p := range [...]struct {
		verb string
		n    int
	}{
		{out.did("added", "would add"), len(r.Added)},
		{out.did("changed", "would change"), len(r.Changed)},
		{out.did("removed", "would remove"), len(r.Removed)},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d %s", p.verb, p.n, plural(p.n, "package")))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("up to date, %d %s", r.Kept, plural(r.Kept, "package"))
	}
	text := strings.Join(parts, ", ")
	if r.Kept > 0 {
		text += fmt.Sprintf(", %s %d", out.did("kept", "would keep"), r.Kept)
	}
	return text
}

// did is the word for what was done, or would be.
func (out *outcome) did(word, wouldWord string) string {
	if out.dry {
		return wouldWord
	}
	return word
}

func plural(n int, word string) string { return pluralOf(n, word, word+"s") }

func pluralOf(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

func took(d time.Duration) string {
	if d < time.Millisecond {
		return "<1 ms"
	}
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// usageLine says which source brought how many bytes; the unit is decimal as
// in npm and on the network.
func usageLine(usage []ipfsstore.Usage) string {
	var parts []string
	for _, u := range usage {
		if u.Bytes > 0 {
			part := fmt.Sprintf("%s %s", u.Source, size(u.Bytes))
			if u.Busy > 0 {
				part += " in " + took(u.Busy)
			}
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "from " + strings.Join(parts, " · ")
}

func size(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000*1000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000*1000*1000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// described names the registries that were asked, with root and age. A single
// npm registry has neither, and where bytes came from it the line before says so.
func (s *session) described() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for key, r := range s.registries {
		_, asked := r.State()
		if _, npm := r.(*upstreamRegistry); !asked || npm && len(s.registries) == 1 {
			continue
		}
		text := "registry " + r.Describe()
		if key != lockfile.DefaultRegistry {
			text = key + " " + text
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

// degraded says which npm registries could not be asked. Under --offline that
// is what was wanted.
func (s *session) degraded() []string {
	s.upstreamsMu.Lock()
	defer s.upstreamsMu.Unlock()
	var out []string
	for _, r := range s.upstreams {
		if line := r.Degraded(); line != "" && !s.cfg.Bool("offline") {
			out = append(out, line)
		}
	}
	return out
}

// liars names the sources that served what they were not asked for. Others
// made up for them, or the command would have failed, but someone should know.
func (s *session) liars() []string {
	var out []string
	for _, lie := range s.store.Dropped() {
		out = append(out, fmt.Sprintf("%v; it was not asked again", lie.Err))
	}
	return out
}

// accuse names, when a command has failed, those sources that lied and that the
// error does not tell of: of peers it knows only that none had what was asked for.
func (s *session) accuse(err error) error {
	if err == nil {
		return nil
	}
	for _, lie := range s.store.Dropped() {
		if !strings.Contains(err.Error(), lie.Err.Error()) {
			s.app.warn("%v; it was not asked again", lie.Err)
		}
	}
	return err
}

// attention prints what the user should look at: deprecated packages, left
// out ones, blocked scripts and how to approve them.
func (a *app) attention(s *session, out *outcome) error {
	for _, line := range warningsOf(s, out, func(w resolve.Warning) bool { return w.Conflict == nil }) {
		a.warn("%s", line)
	}
	a.peerProblems(conflictsOf(out.warnings))
	if out.result != nil {
		a.blocked(out.result.Blocked)
	}
	if out.audit != nil {
		fmt.Fprintln(a.Out)
		a.summarizeAudit(out.audit)
	}
	return nil
}

// warningsOf gathers what the store, the resolver, as far as it is wanted, and
// the installer warn of.
func warningsOf(s *session, out *outcome, wanted func(resolve.Warning) bool) []string {
	all := slices.Concat(s.degraded(), s.liars(), s.notices)
	for _, w := range out.warnings {
		if wanted(w) {
			all = append(all, fmt.Sprint(w))
		}
	}
	if out.result != nil {
		for _, w := range out.result.Warnings {
			all = append(all, fmt.Sprint(w))
		}
		all = append(all, leftOut(out.result.Skipped)...)
	}
	if all == nil {
		return []string{} // and not null in JSON
	}
	return all
}

// leftOut tells of optional packages that could not be had. Those that are for
// other platforms are meant to be left out, and nobody needs to hear of them.
func leftOut(list []install.Skipped) []string {
	var out []string
	for _, s := range list {
		var platform *install.PlatformError
		if !errors.As(s.Reason, &platform) {
			out = append(out, fmt.Sprintf("optional %s@%s was left out: %v", s.Name, s.Version, s.Reason))
		}
	}
	return out
}

// blocked lists the scripts that did not run.
func (a *app) blocked(list []install.BlockedScript) {
	if len(list) == 0 || !a.says("warn") {
		return
	}
	fmt.Fprintln(a.Err)
	a.sayWrapped(yellow, "install scripts", fmt.Sprintf("of %d %s did not run, since nobody approved them:", len(list), plural(len(list), "package")))
	var names []string
	for _, b := range list {
		events := make([]string, 0, len(b.Scripts))
		for event, command := range b.Scripts {
			events = append(events, event+": "+command)
		}
		slices.Sort(events)
		fmt.Fprintln(a.Err, a.fitErr(fmt.Sprintf("  %s@%s  %s", b.Name, b.Version, printableLine(strings.Join(events, "; ")))))
		names = append(names, b.Name)
	}
	// A command is to be copied, and has a line of its own rather than breaks.
	look, command := "look at them, then:", "ipnpm approve-scripts "+a.globally()+strings.Join(slices.Compact(names), " ")
	if width := a.columns(a.ErrTTY); width > 0 && columnsOf(look+" "+command) > width {
		look += "\n "
	}
	fmt.Fprintln(a.Err, look, command)
}

// conflictsOf lists the peer dependencies that were overridden.
func conflictsOf(warnings []resolve.Warning) []*resolve.ConflictError {
	var list []*resolve.ConflictError
	for _, w := range warnings {
		if w.Conflict != nil {
			list = append(list, w.Conflict)
		}
	}
	return list
}

// newProgressFor makes the progress line where one is wanted: on a terminal,
// outside CI, and not when asked for quiet or JSON.
func (a *app) newProgressFor(s *session) *progress {
	if !a.ErrTTY || a.silent || a.json || a.Getenv("CI") != "" || !s.cfg.Bool("progress") || !a.says("warn") {
		return nil
	}
	bar := newProgress(a.stderr(), a.Width, s.networkBytes)
	a.Err = beside{bar, a.stderr()}
	return bar
}

// stderr is Err without what a progress line put before it.
func (a *app) stderr() io.Writer {
	if b, ok := a.Err.(beside); ok {
		return b.w
	}
	return a.Err
}

// networkBytes is what came from elsewhere than this machine so far.
func (s *session) networkBytes() int64 {
	var n int64
	for _, u := range s.usage() {
		if u.Source != ipfsstore.OwnStore {
			n += u.Bytes
		}
	}
	return n
}

// sayUpToDate is the summary of the fast way out.
func (a *app) sayUpToDate(n int, ran []string) error {
	if a.json {
		m := tallyJSON("", nil, &install.Result{Kept: n, Ran: ran})
		m["packages"] = n
		return a.printJSON(m)
	}
	if a.silent {
		return nil
	}
	_, err := fmt.Fprintf(a.Out, "up to date, %d %s\n", n, plural(n, "package"))
	return err
}
