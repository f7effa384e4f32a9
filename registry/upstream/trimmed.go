package upstream

import (
	"slices"
	"sync"

	"github.com/ipnpm/ipnpm/registry"
)

// texts are for the documents of [trimmed], which are a few times what is left of
// them, between one and the next; it holds no information.
var texts = sync.Pool{New: func() any { return new([]byte) }}

// trimmed is a document that came by gzip, as [registry.ParseTrimmed] reads it. The
// rest of it is gone then: for who reads a thousand that is most of the memory.
func trimmed(packed []byte, r *request) ([]byte, error) {
	text := texts.Get().(*[]byte)
	defer texts.Put(text)
	var err error
	*text, err = gunzipInto(slices.Grow((*text)[:0], int(min(sizeHint(packed), r.limit))), packed, r)
	if err != nil {
		return nil, err
	}
	doc, err := registry.Parse(*text)
	if err != nil {
		return nil, err
	}
	return doc.Trim(), nil
}
