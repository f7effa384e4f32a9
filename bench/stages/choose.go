package stages

import (
	"context"
	"errors"
	"slices"

	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/resolve/npmrange"
	"github.com/ipnpm/ipnpm/resolve/pick"
)

// choosing are the stages before there is a tree: they take one processor and
// no disk.
func choosing() []stage {
	return []stage{
		{name: "range match", unit: "versions", limit: "numbers read, compared with two bounds", repeats: true, open: openRanges},
		{name: "pick", unit: "picks", limit: "picked versions' JSON decoded", open: openPicks},
		{name: "resolve", unit: "picks", limit: "the same picks, nothing placed", open: openResolve},
	}
}

// ranged is one range, and the versions that it is matched with.
type ranged struct {
	text     string
	versions []string
}

// openRanges matches each distinct range of a package with all its versions.
func openRanges(_ context.Context, p *Project, _ string) (pair, error) {
	docs, err := p.parse()
	if err != nil {
		return pair{}, err
	}
	var list []ranged
	for _, a := range p.asks {
		if t := a.Target(); t.Kind == manifest.KindRange {
			list = append(list, ranged{t.Fetch, docs[t.Name].VersionList()})
		}
	}
	ours := func(context.Context) (int64, error) {
		looked := 0
		for _, one := range list {
			r, err := npmrange.Parse(one.text, npmrange.Options{Loose: true})
			if err != nil {
				return 0, err
			}
			if len(r.Filter(one.versions)) == 0 {
				return 0, errors.New(one.text + " is satisfied by no version")
			}
			looked += len(one.versions)
		}
		return int64(looked), nil
	}
	return pair{ours: ours, limit: func(context.Context) (int64, error) { return int64(compareAll(list)), nil }}, nil
}

// compareAll is what a match cannot do without.
func compareAll(list []ranged) int {
	low, high := [3]int{1, 2, 3}, [3]int{2}
	looked, within := 0, 0
	for _, one := range list {
		for _, text := range one.versions {
			looked++
			if v := numbers(text); slices.Compare(v[:], low[:]) >= 0 && slices.Compare(v[:], high[:]) < 0 {
				within++
			}
		}
	}
	return max(looked, within)
}

// numbers reads "1.2.3" and leaves what follows.
func numbers(text string) (v [3]int) {
	at := 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			v[at] = v[at]*10 + int(c-'0')
		case c == '.' && at < 2:
			at++
		default:
			return v
		}
	}
	return v
}

// openPicks picks for every distinct dependency. Each side has documents of its
// own, of which nothing is decoded yet.
func openPicks(_ context.Context, p *Project, _ string) (pair, error) {
	mine, theirs, err := p.parseTwice()
	if err != nil {
		return pair{}, err
	}
	picked, err := p.picks()
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: func(context.Context) (int64, error) { return p.pickAll(mine) },
		limit: func(context.Context) (int64, error) {
			for i, a := range p.asks {
				if _, err := theirs[a.Target().Name].Version(picked[i]); err != nil {
					return 0, err
				}
			}
			return int64(len(p.asks)), nil
		},
	}, nil
}

// picks are the versions that the asks are answered with.
func (p *Project) picks() ([]string, error) {
	docs, err := p.parse()
	if err != nil {
		return nil, err
	}
	picked := make([]string, len(p.asks))
	for i, a := range p.asks {
		v, err := pick.Version(docs[a.Target().Name], a, picking())
		if err != nil {
			return nil, err
		}
		picked[i] = v.Version
	}
	return picked, nil
}

func (p *Project) pickAll(docs parsed) (int64, error) {
	for _, a := range p.asks {
		if _, err := pick.Version(docs[a.Target().Name], a, picking()); err != nil {
			return 0, err
		}
	}
	return int64(len(p.asks)), nil
}

// openResolve makes the tree.
func openResolve(_ context.Context, p *Project, _ string) (pair, error) {
	mine, theirs, err := p.parseTwice()
	if err != nil {
		return pair{}, err
	}
	return pair{
		ours: func(ctx context.Context) (int64, error) {
			tree, err := p.build(ctx, mine)
			if err != nil {
				return 0, err
			}
			if got := len(tree.Lockfile().Packages); got != len(p.lock.Packages) {
				return 0, errors.New("it is another tree than the first time")
			}
			return int64(len(p.asks)), nil
		},
		limit: func(context.Context) (int64, error) { return p.pickAll(theirs) },
	}, nil
}
