package install

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/internal/par"
	"github.com/ipnpm/ipnpm/lockfile"
)

// stateFile records what the last install did: a line of JSON, which is all that
// the nothing-to-do check reads, and a table of the packages.
const stateFile = ".ipnpm-state"

// hiddenLock is npm's own record, which npm trusts only while it is the newest
// thing in node_modules.
const hiddenLock = ".package-lock.json"

// stateVersion changes with the format; another version reads as no state.
const stateVersion = 4

// header is the first line of the state file.
type header struct {
	Version int `json:"version"`
	// Pending says that an install began and did not end: only what the
	// table lists is known to be whole, without what is at these locations.
	Pending bool     `json:"pending,omitempty"`
	Without []string `json:"without,omitempty"`
	// Settings is a digest of the options that decide what is installed.
	Settings string `json:"settings"`
	// Memo is the caller's.
	Memo string `json:"memo,omitempty"`
	// Inputs maps the files that decide it to their sha256, "" for none.
	Inputs map[string]string `json:"inputs,omitempty"`
	// Stamps maps node_modules folders, npm's hidden lockfile and the
	// folders that hold workspaces to their time of change, in nanoseconds.
	Stamps map[string]int64 `json:"stamps,omitempty"`
	// Left are the folders in which strangers were left alone, because an
	// install with a scope had no say there. Their times vouch for nothing.
	Left []string `json:"left,omitempty"`
	// Linked is set for the linked layout.
	Linked *linkedState `json:"linked,omitempty"`
}

// linkedState is what must still hold for the links of a project to lead to
// what they led to.
type linkedState struct {
	// Root is the project's folder. The virtual store knows it by that.
	Root string `json:"root"`
	// Entries are the places in the virtual store that links lead to.
	Entries []string `json:"entries"`
}

func (l *linkedState) holds(o Options) bool {
	return l == nil || l.Root == o.Root && o.Virtual != nil && o.Virtual.HasAll(l.Entries)
}

// installed is what the state knows of one location.
type installed struct {
	Key, Link, Name, Version string
	// Resolved is the source of a package without a key.
	Resolved string
	// Entry is the place in the virtual store of a package that is not in the
	// project at all.
	Entry string
	// Built says that its install scripts ran.
	Built bool
	// Modules says that its tarball brought packages of its own.
	Modules bool
}

// isElsewhere says that what is at the location, if anything, is a link.
func (i installed) isElsewhere() bool { return i.Link != "" || i.Entry != "" }

// state is the content of the state file.
type state struct {
	header
	Packages map[string]installed
	// table is Packages as they are written, once they were; nil to have them encoded.
	table []byte
	// folders caches byFolder.
	folders map[string][]place
}

// Ahead is what an install is to know of a node_modules and looks at before it begins,
// while something else goes on, see [LookAhead].
type Ahead struct {
	root  string
	state func() (*state, error)
}

// LookAhead begins to look at a project, see [Options.Ahead].
func LookAhead(root string) *Ahead { return &Ahead{root, readStateAhead(root)} }

// stateAhead is what reads the old state once the project is locked.
func (o *Options) stateAhead() func() (*state, error) {
	if o.Ahead != nil && o.Ahead.root == o.Root {
		return o.Ahead.state
	}
	return readStateAhead(o.Root)
}

// readState reads the state of a project. There is no state (nil, nil) when
// there is no file. A file that cannot be understood is a pending state that
// vouches for nothing.
func readState(root string) (*state, error) {
	data, err := os.ReadFile(filepath.Join(root, modules, stateFile))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(err)
	}
	s := &state{}
	if s.decode(data) != nil {
		return &state{header: header{Version: stateVersion, Pending: true}}, nil //nolint:nilerr // it vouches for nothing
	}
	return s, nil
}

// readStateAhead begins to read the state before the project is locked, and returns
// what reads it once it is: again only where another process has written it meanwhile,
// which makes another file of it.
func readStateAhead(root string) (read func() (*state, error)) {
	file := filepath.Join(root, modules, stateFile)
	before, err := os.Lstat(file)
	if err != nil {
		return func() (*state, error) { return readState(root) }
	}
	var old *state
	reading := par.Ahead(func() (err error) {
		if old, err = readState(root); old != nil {
			old.byFolder() // which the plan asks for
		}
		return err
	})
	return func() (*state, error) {
		err := reading()
		now, gone := os.Lstat(file)
		if gone == nil && os.SameFile(before, now) && before.ModTime().Equal(now.ModTime()) {
			return old, err
		}
		return readState(root)
	}
}

// decode reads what write wrote.
func (s *state) decode(data []byte) error {
	var err error
	if s.table, err = s.header.decode(data); err == nil {
		s.Packages, err = parseTable(s.table)
	}
	for _, loc := range s.Without {
		delete(s.Packages, loc)
	}
	return err
}

// decode reads the first line and returns the others.
func (h *header) decode(data []byte) (table []byte, err error) {
	first, table, _ := bytes.Cut(data, []byte("\n"))
	if err := json.Unmarshal(first, h); err != nil {
		return nil, err
	}
	if h.Version != stateVersion {
		return nil, fmt.Errorf("a state of version %d", h.Version)
	}
	return table, nil
}

// Placed returns what tells of contents (see [Key]) whether the last install put them
// into a project's own node_modules, unless somebody else has been at it since. It
// guesses: whether each is still there, the next install looks.
func Placed(root string) func(key string) bool {
	var h header
	data, err := os.ReadFile(filepath.Join(root, modules, stateFile))
	if err == nil {
		data, err = h.decode(data)
	}
	if err != nil || h.Linked != nil || h.Stamps[modules+"/"+hiddenLock] != stampOf(root, modules+"/"+hiddenLock) {
		return func(string) bool { return false }
	}
	return func(key string) bool { return key != "" && mentions(data, key) }
}

// readHeader reads the first line alone.
func readHeader(root string) (h header, err error) {
	f, err := dirat.OpenUnnoted(filepath.Join(root, modules, stateFile))
	if err != nil {
		return h, err
	}
	defer f.Close()
	line, err := bufio.NewReaderSize(f, 64<<10).ReadBytes('\n')
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(line, &h)
}

// besides are the locations in the table beside those of the targets that a plan
// keeps. ok is false where there is no table, or it lacks one of them.
func (s *state) besides(p *plan) (locs []string, ok bool) {
	if s == nil {
		return nil, false
	}
	gone := make(map[string]bool, len(p.before))
	for loc := range p.before {
		if _, known := s.Packages[loc]; known {
			gone[loc] = true
		}
	}
	for _, t := range p.keep {
		if _, known := s.Packages[t.loc]; !known {
			return nil, false
		}
		delete(gone, t.loc) // an optional package, kept until others are in place
	}
	if len(p.keep)+len(gone) == len(s.Packages) {
		locs = slices.Collect(maps.Keys(gone))
	} else {
		locs = s.beside(p.keep) // some are neither kept nor gone by themselves
	}
	locs = append(locs, s.Without...)
	slices.Sort(locs)
	return locs, true
}

// beside are the locations that no target is at.
func (s *state) beside(targets []*target) (locs []string) {
	isTarget := make(map[string]bool, len(targets))
	for _, t := range targets {
		isTarget[t.loc] = true
	}
	for loc := range s.Packages {
		if !isTarget[loc] {
			locs = append(locs, loc)
		}
	}
	return locs
}

// byFolder lists the places of the packages, by node_modules folder: none where there is
// no state.
func (s *state) byFolder() map[string][]place {
	if s == nil {
		return nil
	}
	if s.folders == nil {
		s.folders = map[string][]place{}
		for loc := range s.Packages {
			if at, inModules, err := parsePlace(loc); err == nil && inModules {
				s.folders[at.dir] = append(s.folders[at.dir], at)
			}
		}
	}
	return s.folders
}

// write replaces the state file. The file appears whole or not at all.
func (s *state) write(root string) error {
	s.Version = stateVersion
	first, err := json.Marshal(s.header)
	if err != nil {
		return err
	}
	if s.table == nil {
		if s.table, err = encodeTable(s.Packages); err != nil {
			return err
		}
	}
	return writeAtomic(filepath.Join(root, modules, stateFile), append(first, '\n'), s.table)
}

// writeAtomic writes a file by a rename from a temporary name beside it.
func writeAtomic(file string, parts ...[]byte) error {
	tmp := file + "-tmp"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return explain(err)
	}
	for _, part := range parts {
		if err == nil {
			_, err = f.Write(part)
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return explain(err)
	}
	if err := os.Rename(tmp, file); err != nil {
		os.Remove(tmp)
		return explain(err)
	}
	return nil
}

// UpToDate says that an install with these options would change nothing: the
// last one ended, with the same settings, and neither package.json, the
// lockfile, the other inputs nor any node_modules folder changed since. It
// reads the options' Root, Inputs, Platform and settings, not Lock, and opens
// no store. False costs nothing but a [Run]. The project's own scripts are
// the caller's to run ([RunProjectScripts]).
func UpToDate(o Options) bool {
	_, ok := Recall(o)
	return ok
}

// Recall is UpToDate, and returns the memo of the install that made the tree.
func Recall(o Options) (memo string, ok bool) {
	h, err := readHeader(o.Root)
	if err != nil || !h.vouchesFor(o) {
		return "", false
	}
	for _, file := range fixedInputs(o) {
		if _, known := h.Inputs[file]; !known {
			return "", false
		}
	}
	return h.Memo, h.fresh(o.Root) && h.Linked.holds(o)
}

// vouchesFor says that an install with these settings came to its end.
func (h *header) vouchesFor(o Options) bool {
	return h.Version == stateVersion && !h.Pending && h.Settings == settingsOf(o.withDefaults())
}

// unmoved compares the recorded times with the disk's.
func (h *header) unmoved(root string) bool {
	for loc, stamp := range h.Stamps {
		if stampOf(root, loc) != stamp {
			return false
		}
	}
	return true
}

// fresh compares the recorded inputs and times with the disk's, what changes most
// often first.
func (h *header) fresh(root string) bool {
	buf := make([]byte, digestPiece)
	isSame := func(file string) bool { return digestBy(buf, root, file) == h.Inputs[file] }
	if !isSame("package.json") || !h.unmoved(root) {
		return false
	}
	for file := range h.Inputs {
		if file != "package.json" && !isSame(file) {
			return false
		}
	}
	return true
}

// Restamp records the present package.json and lockfile as those that the
// installed tree is of. It is for callers that write them after [Run].
func Restamp(o Options) error {
	s, err := readState(o.Root)
	if s == nil || err != nil || s.Pending {
		return err
	}
	for file := range s.Inputs {
		s.Inputs[file] = digestOf(o.Root, file)
	}
	return s.seal(o.Root)
}

// seal writes the complete state without leaving a trace of that in the time
// of change of node_modules itself, which the state records.
func (s *state) seal(root string) error {
	if s.Stamps == nil {
		s.Stamps = map[string]int64{}
	}
	hidden := stampOf(root, modules+"/"+hiddenLock)
	s.Stamps[modules+"/"+hiddenLock] = hidden
	at := hidden
	if s.Linked != nil {
		at = stampOf(root, modules)
	}
	s.Stamps[modules] = at
	keepLock(root)
	if err := s.write(root); err != nil {
		return err
	}
	return setStamp(root, modules, at)
}

// settingsOf digests the options that decide what is installed.
func settingsOf(o Options) string {
	omit := slices.Clone(o.Omit)
	slices.Sort(omit)
	text := fmt.Sprintf("%v|%v|%v|%v|%v|%s", o.Platform, omit, o.Force, o.NoBinLinks, o.IgnoreScripts, o.Settings)
	if o.Scope != nil {
		text += fmt.Sprintf("|%q", o.Scope)
	}
	if o.Virtual != nil {
		text += "|" + o.Virtual.Dir()
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// fixedInputs are the files that decide a project's tree whatever it is.
func fixedInputs(o Options) []string {
	return append([]string{"package.json", lockfile.FileName}, o.Inputs...)
}

// inputsOf digests all inputs of a selection: the workspaces' manifests too.
func inputsOf(o Options, bases []string) map[string]string {
	inputs, buf := map[string]string{}, make([]byte, digestPiece)
	for _, file := range fixedInputs(o) {
		inputs[file] = digestBy(buf, o.Root, file)
	}
	for _, base := range bases {
		file := joinLoc(base, "package.json")
		inputs[file] = digestBy(buf, o.Root, file)
	}
	return inputs
}

// stampsOf records the times of every folder whose change means that someone
// added, removed or replaced a package.
func stampsOf(root string, s *selection) map[string]int64 {
	stamps := map[string]int64{}
	note := func(loc string) {
		if _, known := stamps[loc]; !known {
			stamps[loc] = stampOf(root, loc)
		}
	}
	for _, t := range s.targets {
		note(t.dir)
		if scope, _, scoped := strings.Cut(t.name, "/"); scoped {
			note(t.dir + "/" + scope)
		}
	}
	for _, base := range s.bases[1:] {
		// A folder of workspaces that gets one more. The project's own folder
		// changes too often to tell anything.
		if dir := path.Dir(base); dir != "." {
			note(dir)
		}
	}
	return stamps
}

func stampOf(root, loc string) int64 {
	info, err := os.Lstat(diskPath(root, loc))
	if err != nil {
		return 0
	}
	return info.ModTime().UnixNano()
}

// digestOf is the sha256 of an input, "" when there is no such file.
func digestOf(root, file string) string {
	return digestBy(make([]byte, digestPiece), root, file)
}

// digestPiece is how much of a file is in memory at once: a lockfile is hundreds
// of pages to touch.
const digestPiece = 32 << 10

// digestBy is digestOf by way of a buffer.
func digestBy(buf []byte, root, file string) string {
	f, err := os.Open(diskPath(root, file))
	if err != nil {
		return ""
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.CopyBuffer(sum, struct{ io.Reader }{f}, buf); err != nil { // a file would bring a buffer of its own
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}
