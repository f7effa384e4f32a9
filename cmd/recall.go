package cmd

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/answers"
)

// recollection is a question that may have been answered before.
type recollection struct {
	question answers.Question
	from     documented
	store    *answers.Store
	// answer is the one that was found, and still holds.
	answer *answers.Answer
}

// recollect says what is asked, where its answer is one for good: by a project of
// nobody else's files, without versions to begin with, of a single registry. Anything
// that is not there asks the resolver. What has to wait for its age is another answer
// tomorrow; what was asked to be forced is worked out.
func (s *session) recollect(p *project, want plan, request *resolve.Request) *recollection {
	o := &request.Options
	switch {
	case request.Lock != nil, request.Pins != nil, want.dry, want.frozen, o.Force, o.Global,
		len(p.workspaces) > 0, p.self != "", len(p.file.Patches()) > 0,
		s.layers != nil, len(s.registryKeys()) != 1, !o.Before.IsZero(), s.cfg.ReleaseAge() > 0,
		o.UpdateAll, len(o.Update)+len(o.Asked)+len(o.Avoid) > 0:
		return nil
	}
	r, err := s.registryAt(lockfile.DefaultRegistry)
	if err != nil {
		return nil // which the resolver will be told
	}
	from, ok := r.(documented)
	program := s.app.programName()
	if !ok || program == "" {
		return nil
	}
	files := [][]byte{p.file.Bytes()}
	for _, name := range manifest.ForeignFiles() {
		data, _ := os.ReadFile(filepath.Join(p.dir, name)) // it was read before, or is not there
		files = append(files, data)
	}
	question := answers.Question{
		Program: program, Registry: s.addressOf(lockfile.DefaultRegistry),
		// Whether a tarball counts as somewhere else, which Options.Elsewhere tells.
		Reading: s.cfg.String("replace-registry-host"),
		Files:   files, Options: *o,
	}
	return &recollection{question: question, from: from, store: answers.Open(s.dirs.answersDir())}
}

// programName tells one state of this program from another, "" where that cannot be
// known: the resolver of another may choose otherwise. It is the version where that
// says what the program was made of, so that a build machine that has it put there
// anew each time still finds what it kept, and otherwise the file's size and time.
func (a *app) programName() string {
	if v := a.version(); v != develVersion && !strings.Contains(v, "dirty") {
		return v
	}
	file, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d bytes of %d", info.Size(), info.ModTime().UnixNano())
}

// recall is what the same question came to before, if no document of then has changed;
// nil when it has to be worked out.
func (s *session) recall(ctx context.Context, out *outcome) *lockfile.Lockfile {
	r := out.recollection
	if r == nil {
		return nil
	}
	defer s.timing.begin(wholePhases, "recall")()
	type answered struct {
		*answers.Answer
		lock *lockfile.Lockfile
	}
	find := par.Ahead(func() (a answered) {
		if found, ok := r.store.Find(&r.question); ok {
			a.Answer = found
			a.lock, _ = lockfile.Parse(found.Lock) // nil, and so none
		}
		return a
	})
	if err := r.from.prepare(ctx); err != nil {
		return nil // the resolver meets it again
	}
	a := find()
	if a.lock == nil || !r.from.isStillSo(ctx, a.Answer) {
		return nil
	}
	r.answer = a.Answer
	before := maps.Clone(a.lock.Registries)
	s.nameRegistries(a.lock, nil)
	if out.warnings = a.Warnings; maps.Equal(before, a.lock.Registries) {
		out.recalled = a.Lock
	}
	return a.lock
}

// keep keeps what the lockfile of an outcome came to, once it is encoded, and returns
// what waits for that. It is for speed alone, so that its failure is nobody's.
func (r *recollection) keep(out *outcome) (wait func() error) {
	if r == nil || len(out.missing) > 0 || !isOfRegistry(out.lock) ||
		slices.ContainsFunc(out.warnings, func(w resolve.Warning) bool { return w.Conflict != nil }) {
		return func() error { return nil }
	}
	return par.Ahead(func() error {
		a := &answers.Answer{Warnings: out.warnings}
		var known bool
		a.Root, a.Documents, known = r.from.read(context.Background())
		if r.answer != nil {
			a.Documents, known = r.answer.Documents, true // which nobody asked for this time
		}
		data, err := out.encoded()
		if a.Lock = data; err != nil || !known || data == nil {
			return err
		}
		return r.store.Keep(&r.question, a)
	})
}

// isOfRegistry says that all of a lockfile is what registries hold: of a folder, a
// repository or an address nobody knows whether it still says the same.
func isOfRegistry(lock *lockfile.Lockfile) bool {
	for location, pkg := range lock.Packages {
		if location != "" && !ofRegistry(location, pkg) {
			return false
		}
	}
	return true
}
