package cmd

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/ipfs/go-cid"
	"golang.org/x/sync/errgroup"

	"github.com/ipnpm/ipnpm/resolve/answers"
)

// documented is a registry that tells one state of a document from another without it
// being read.
type documented interface {
	// prepare begins with what takes a while, and needs no answer.
	prepare(ctx context.Context) error
	// isStillSo says that it has the documents that an answer is about.
	isStillSo(ctx context.Context, a *answers.Answer) bool
	// read are the documents that were read by now, as [answers.Answer] has them, and
	// what they all were a part of; false where one of them has no name.
	read(ctx context.Context) (root string, documents map[string]string, known bool)
}

// prepare implements documented.
func (r *indexRegistry) prepare(ctx context.Context) error {
	_, err := r.open(ctx)
	return err
}

// isStillSo implements documented: an index gives each document a CID.
func (r *indexRegistry) isStillSo(ctx context.Context, a *answers.Answer) bool {
	index, err := r.open(ctx)
	if err != nil {
		return false
	}
	if a.Root == index.Root().String() {
		return true
	}
	documents, err := index.Locate(r.asking(ctx), slices.Collect(maps.Keys(a.Documents)))
	return err == nil && maps.Equal(a.Documents, asText(documents))
}

// read implements documented.
func (r *indexRegistry) read(ctx context.Context) (root string, documents map[string]string, known bool) {
	index, err := r.open(ctx) // which it is
	if err != nil {
		return "", nil, false
	}
	cids, known := index.Documents()
	return index.Root().String(), asText(cids), known
}

// errOther ends the comparing.
var errOther = errors.New("it is another edition")

// prepare implements documented.
func (r *upstreamRegistry) prepare(context.Context) error { return nil }

// isStillSo implements documented: a registry gives each document an ETag. Of those that
// are no longer fresh it is asked, as it would be by the resolver, but for all at once.
func (r *upstreamRegistry) isStillSo(ctx context.Context, a *answers.Answer) bool {
	group, ctx := errgroup.WithContext(withoutPeers(ctx))
	group.SetLimit(fetchers)
	for name, was := range a.Documents {
		group.Go(func() error {
			if tag, known := r.client.Edition(ctx, name, false); !known || tag != was {
				return errOther
			}
			return nil
		})
	}
	return group.Wait() == nil
}

// read implements documented.
func (r *upstreamRegistry) read(context.Context) (root string, documents map[string]string, known bool) {
	documents, known = r.client.Editions(false)
	return "", documents, known
}

// asText are CIDs as text, "" for one that is undefined.
func asText(cids map[string]cid.Cid) map[string]string {
	text := make(map[string]string, len(cids))
	for name, c := range cids {
		text[name] = ""
		if c.Defined() {
			text[name] = c.String()
		}
	}
	return text
}
