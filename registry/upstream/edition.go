package upstream

import (
	"context"
	"errors"

	"github.com/ipnpm/ipnpm/registry"
)

// edition tells one state of a document from another. It is named by the ETag that came
// with it: where that is the same, so is the document (RFC 9110, 8.8.3), whether or not
// anybody has it at hand. What is not there has none.
type edition struct {
	tag   string
	known bool
}

// editionOf is what a tag names.
func editionOf(tag string) edition { return edition{tag, tag != ""} }

// Edition tells which edition of a package's document a resolution would read now, ""
// for none, where there is no such package. It is false where that is not certain. Of a
// document that is fresh in the cache only the first lines are looked at; otherwise it is
// got as [Client.Packument] gets it.
func (c *Client) Edition(ctx context.Context, name string, full bool) (tag string, known bool) {
	u, err := c.docURL(name)
	if err != nil {
		return "", false
	}
	d := &document{client: c, name: name, full: full, url: u}
	if e := c.opts.Cache.head(u, full); e != nil && d.usable(e) {
		return e.ETag, e.ETag != ""
	}
	_, err = c.Packument(ctx, name, full)
	if _, missing := errors.AsType[*registry.NotFoundError](err); err != nil && !missing {
		return "", false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.editions[docKey{name, full}]
	return e.tag, e.known
}

// Editions are those of all documents that were asked for by now, by name, as Edition
// tells them. It is false when one of them is not known.
func (c *Client) Editions(full bool) (tags map[string]string, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	tags = make(map[string]string, len(c.editions))
	for key, e := range c.editions {
		if key.full != full {
			continue
		}
		if !e.known {
			return nil, false
		}
		tags[key.name] = e.tag
	}
	return tags, true
}

// is notes which edition of the document was given.
func (d *document) is(e edition) {
	d.client.mu.Lock()
	defer d.client.mu.Unlock()
	d.client.editions[docKey{d.name, d.full}] = e
}
