package answers

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/ipnpm/ipnpm/resolve"
)

// Question is what decides a resolution beside the documents. It is for requests
// without a lockfile and pins, of a project without workspaces.
type Question struct {
	// Program tells apart what works it out: another may answer otherwise.
	Program string
	// Registry is the address of the registry, and Reading what else decides how its
	// documents are read.
	Registry, Reading string
	// Files are the contents of package.json and of the files beside it that have a
	// say, in an order of their own, nil for one that is not there.
	Files [][]byte
	// Options are the resolver's. Its functions say nothing of the tree.
	Options resolve.Options
}

// key names the question: the sha256 of it all.
func (q *Question) key() string {
	o := q.Options
	o.Elsewhere, o.OnPick = nil, nil
	h := sha256.New()
	part := func(data []byte) {
		_ = binary.Write(h, binary.BigEndian, int64(len(data))) // a hash takes all
		h.Write(data)
	}
	part([]byte(q.Program))
	part([]byte(q.Registry))
	part([]byte(q.Reading))
	part(fmt.Appendf(nil, "%+v", o)) // the keys of maps come in order
	for _, file := range q.Files {
		part(fmt.Appendf(nil, "%t", file != nil))
		part(file)
	}
	return hex.EncodeToString(h.Sum(nil))
}
