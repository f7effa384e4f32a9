package install

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/ipnpm/ipnpm/internal/sealed"
	"github.com/ipnpm/ipnpm/lockfile"
)

// Trees keeps what was made of a project without a node_modules, by all that it was
// made from. A second folder of the same project, a clean checkout or a build machine
// with its cache gets the same by [Again]: to read the lockfile, to compare it with
// package.json and to find out where everything belongs takes as long as a tenth of
// all the links, and in the linked layout longer than they do.
//
// Kept are trees of registries' packages with CIDs, without workspaces, patches and
// scripts that ran: what is told of them is true wherever they are made. They are a
// cache: what lacks a part is made by [Run] as ever.
type Trees struct {
	// Dir is the folder of the records.
	Dir string
	// Context tells apart what decides a tree beside inputs and settings: the
	// program, and what it runs with.
	Context string
}

// mostTrees is how many are kept. One takes as much as the lockfile, or with npm's
// hidden one twice that.
const mostTrees = 32

// Again makes node_modules as it was made before from the same inputs with the same
// settings, if there is none. It reads what [UpToDate] reads, and the stores. Nothing
// is fetched: when something is not there any more, or there is nothing to go by, made
// is false, and [Run] is to be called, which goes on from whatever is there.
func Again(ctx context.Context, o Options) (res *Result, made bool, err error) {
	o = o.withDefaults()
	if o.Trees == nil || o.Scope != nil || o.Global != nil || exists(filepath.Join(o.Root, modules)) {
		return nil, false, nil
	}
	r, ok := o.Trees.find(o)
	if !ok {
		return nil, false, nil
	}
	sel, err := r.selection(o)
	if err != nil {
		return nil, false, nil //nolint:nilerr // no such record
	}
	o.Lock, o.Memo, o.Fetcher = sel.lock, r.Memo, nothing{}
	res = &Result{Blocked: r.Blocked}
	if err := runLocked(ctx, o, sel, readStateAhead(o.Root), save(o), res); err != nil {
		return nil, false, context.Cause(ctx)
	}
	return res, true, runAfter(ctx, o, sel, res)
}

// nothing is a [Fetcher] of nothing.
type nothing struct{}

func (nothing) Tarball(context.Context, string, *lockfile.Package) (Tarball, error) {
	return Tarball{}, fs.ErrNotExist
}

// find reads the record of what would be installed.
func (t *Trees) find(o Options) (*treeRecord, bool) {
	inputs, buf := map[string]string{}, make([]byte, digestPiece)
	for _, file := range fixedInputs(o) {
		inputs[file] = digestBy(buf, o.Root, file)
	}
	data, whole := t.folder().Look(t.key(o, inputs))
	r, ok := decodeTree(data)
	if !ok || !whole() {
		return nil, false
	}
	r.inputs = inputs
	return r, true
}

func (t *Trees) folder() sealed.Folder { return sealed.Folder{Dir: t.Dir, Most: mostTrees} }

// key names a tree by what it is made from.
func (t *Trees) key(o Options, inputs map[string]string) string {
	text := fmt.Sprintf("%q %q", t.Context, settingsOf(o))
	for _, file := range slices.Sorted(maps.Keys(inputs)) {
		text += fmt.Sprintf(" %q %q", file, inputs[file])
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// keepTree keeps what was made, if it can be made again. It is for speed alone, so
// that its failure is nobody's.
func (a *applier) keepTree(made *state, res *Result) {
	if !a.isRepeatable(res) {
		return
	}
	r := &treeRecord{Memo: a.o.Memo, Blocked: res.Blocked, added: res.Added, table: made.table, hidden: a.hidden}
	for _, t := range a.sel.bundled {
		r.rows = append(r.rows, treeRow{t: t, kind: bundledRow})
	}
	for _, t := range a.sel.targets {
		row := treeRow{t: t, kind: placedRow}
		if t.entry != "" {
			row.kind, row.at = linkedRow, a.o.Virtual.At(t.entry)
		}
		r.rows = append(r.rows, row)
	}
	if data, err := r.encode(); err == nil {
		_ = a.o.Trees.folder().Put(a.o.Trees.key(a.o, made.Inputs), data)
	}
}

// isRepeatable says that the tree was made of nothing but what its record can tell.
func (a *applier) isRepeatable(res *Result) bool {
	o, sel := a.o, a.sel
	switch {
	case o.Trees == nil, o.Memo == "", o.Scope != nil, o.Global != nil, !a.fresh, sel.recorded != nil,
		len(sel.bases) > 1, len(sel.links())+len(sel.left)+len(a.plan.left) > 0,
		len(a.built)+len(res.Ran)+len(res.Warnings) > 0:
		return false
	}
	for _, s := range sel.skipped {
		if _, platform := errors.AsType[*PlatformError](s.Reason); !platform {
			return false
		}
	}
	targets := sel.targets
	if sel.isolated != nil {
		targets = sel.isolated.targets
	}
	return !slices.ContainsFunc(targets, func(t *target) bool {
		return t.key == "" || t.key != t.pkg.CID || t.pkg.Resolved != "" || mayBuild(o, t)
	})
}

// stands says that all that direct links lead to is there.
func (iso *isolation) stands() bool { return iso.o.Virtual.HasAll(iso.places()) }
