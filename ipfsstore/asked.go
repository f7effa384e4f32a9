package ipfsstore

import "errors"

// errPending is what a source that was asked has to its name until it answers.
var errPending = errors.New("no answer in time")

// asked keeps, in the order of the sources, what came of asking each.
type asked struct {
	offline bool
	order   []*SourceError
	byPeer  map[*peer]*SourceError
}

func newAsked(s *Store) *asked {
	return &asked{offline: s.offline, byPeer: make(map[*peer]*SourceError)}
}

// next takes the first source that may be asked off the waiting ones, noting
// why the ones before it may not; nil when none is left.
func (a *asked) next(waiting []*peer) (*peer, []*peer) {
	for i, p := range waiting {
		err := p.usable()
		if err == nil && a.offline && !p.local() {
			err = ErrOffline
		}
		if err == nil {
			a.note(p, errPending)
			return p, waiting[i+1:]
		}
		a.note(p, err)
	}
	return nil, nil
}

// ended notes how a source's turn came out; nil stands for not having had
// everything.
func (a *asked) ended(o outcome) {
	if o.err == nil {
		o.err = ErrNotFound
	}
	a.note(o.peer, o.err)
}

func (a *asked) note(p *peer, err error) {
	e, ok := a.byPeer[p]
	if !ok {
		e = &SourceError{Source: p.Name()}
		a.byPeer[p] = e
		a.order = append(a.order, e)
	}
	e.Err = err
}

func (a *asked) errors() []*SourceError { return a.order }
