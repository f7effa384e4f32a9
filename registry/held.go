package registry

// Hold keeps version v back for a reason, a sentence without its subject: it is
// in the document, but whoever picks passes it over, as if it were not
// published yet. Hold changes the document; take a Slice of one that is shared.
func (p *Packument) Hold(v, reason string) {
	if p.held == nil {
		p.held = map[string]string{}
	}
	p.held[v] = reason
}

// Held returns why version v is kept back, "" when it is not.
func (p *Packument) Held(v string) string { return p.held[v] }

// AnyHeld reports whether some version is kept back.
func (p *Packument) AnyHeld() bool { return len(p.held) > 0 }

// refuse makes every question for version v fail.
func (p *Packument) refuse(v string, err error) {
	e := &entry{}
	if was := p.versions[v]; was != nil {
		e.raw = was.raw
	}
	e.decoded.Store(&decoded{err: err})
	p.versions[v] = e
	p.sorted.Store(nil)
}
