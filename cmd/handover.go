package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry"
)

// maxHandovers is how often a name may have been handed on.
const maxHandovers = 16

// goOn follows the hand-overs that were seen before: the key of a name that
// was handed over is not listened to any more.
func (r *indexRegistry) goOn() error {
	for range maxHandovers {
		h, err := r.session.store.Handover(r.name)
		if errors.Is(err, ipfsstore.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		r.tellHandover(h)
		r.name = h.To
	}
	return &ipfsstore.HandoverError{Reason: "it never ends"}
}

// opened is an index and the record that led to it.
type opened struct {
	record ipfsstore.Record
	reader *registry.Reader
}

// follow goes on to the name that the index says its own was handed over to,
// if it says so, and remembers that. Where the new name cannot be found the
// last state under the old one serves.
func (r *indexRegistry) follow(ctx context.Context, at opened) (opened, error) {
	for range maxHandovers {
		h, ok, err := handoverOf(at.reader.Info(), r.name)
		if err != nil || !ok {
			return at, err
		}
		heir := &indexRegistry{session: r.session, scheme: "ipns", name: h.To}
		next, err := heir.findNewest(ctx)
		var none *ipfsstore.UnresolvedError
		if errors.As(err, &none) {
			r.session.notice("ipns://%s was handed over to ipns://%s, which cannot be found yet", short(h.From), h.To)
			return at, nil
		}
		if err != nil {
			return at, err
		}
		if err := confirms(next.reader.Info(), at.reader.Info(), h); err != nil {
			return at, err
		}
		if err := r.session.store.RememberHandover(h); err != nil {
			return at, err
		}
		r.tellHandover(h)
		r.name, at = h.To, next
	}
	return at, &ipfsstore.HandoverError{Reason: "it never ends"}
}

// handoverOf finds the statement about a name in an index.
func handoverOf(info registry.Info, name string) (ipfsstore.Handover, bool, error) {
	n, err := ipfsstore.ParseName(name)
	if err != nil {
		return ipfsstore.Handover{}, false, err
	}
	for _, text := range info.Handovers {
		if words := strings.SplitN(text, " ", 3); len(words) < 3 || words[1] != n.String() {
			continue
		}
		h, err := ipfsstore.ParseHandover(text)
		return h, err == nil, err
	}
	return ipfsstore.Handover{}, false, nil
}

// confirms holds the heir to be the same registry, and not to go back.
func confirms(heir, was registry.Info, h ipfsstore.Handover) error {
	switch {
	case !slices.Contains(heir.Handovers, h.Text):
		return &ipfsstore.HandoverError{Reason: fmt.Sprintf("the index of %s does not say that it follows %s", h.To, h.From)}
	case heir.Sequence < was.Sequence:
		return &ipfsstore.HandoverError{Reason: fmt.Sprintf("%s is at state #%d, and %s was at #%d already", h.To, heir.Sequence, h.From, was.Sequence)}
	}
	return nil
}

// tellHandover says what to write where.
func (r *indexRegistry) tellHandover(h ipfsstore.Handover) {
	key, place := "registry", ""
	for _, scope := range append(r.session.cfg.Scopes(), "") {
		if scope != "" {
			scope += ":"
		}
		for _, k := range [...]string{scope + "registry", scope + "registries"} {
			if text := strings.Join(r.session.cfg.Strings(k), ","); strings.Contains(text, h.From) {
				key, place = k, " in "+r.session.cfg.Source(k).String()
			}
		}
	}
	r.session.notice("ipns://%s was handed over to another key on %s, and that was followed: write %s=ipns://%s%s",
		short(h.From), h.Time.Format("2006-01-02"), key, h.To, place)
}
