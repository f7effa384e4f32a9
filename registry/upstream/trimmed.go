package upstream

import (
	"slices"
	"sync"

	"github.com/ipnpm/ipnpm/registry"
)

// maxWhole is how many bytes of documents that came by gzip are read as they are. Who
// reads a few waits for no trimming, which the writing of them does; of who reads a
// thousand, what trimming throws away would be most of the memory.
const maxWhole = 8 << 20

// read is the document of an entry, which is to be rewritten if it is as it came. r says
// how large it may be.
func (c *Cache) read(e *entry, r *request) (*registry.Packument, error) {
	if !e.Gzip {
		return registry.ParseTrimmed(e.body)
	}
	packed := e.body
	e.Gzip, e.rewrite, e.body = false, true, nil
	said := min(sizeHint(packed), r.limit)
	if c.whole.Add(said) > maxWhole {
		c.whole.Add(-said)
		return e.trim(packed, said, r)
	}
	text, err := gunzip(packed, r)
	c.whole.Add(int64(len(text)) - said) // which it may have lied about
	if err != nil {
		return nil, err
	}
	e.doc, err = registry.Parse(text)
	return e.doc, err
}

// texts are for the documents of [entry.trim], which are a few times what is left of
// them, between one and the next; it holds no information.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// trim makes the body of what came by gzip, of about size bytes, and reads that. The rest
// of the document is gone then.
func (e *entry) trim(packed []byte, size int64, r *request) (*registry.Packument, error) {
	text := texts.Get().(*[]byte)
	defer texts.Put(text)
	var err error
	*text, err = gunzipInto(slices.Grow((*text)[:0], int(size)), packed, r)
	if err != nil {
		return nil, err
	}
	doc, err := registry.Parse(*text)
	if err != nil {
		return nil, err
	}
	e.body = doc.Trim()
	return registry.ParseTrimmed(e.body)
}
