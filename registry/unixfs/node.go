package unixfs

import (
	"fmt"
	"math/bits"
	"sort"
	"strings"

	blocks "github.com/ipfs/go-block-format"
	"github.com/ipfs/go-cid"
)

type kind int

// The UnixFS types by their numbers in the format; the others (metadata,
// symlink) have no place in an index.
const (
	kindRaw       kind = 0
	kindDirectory kind = 1
	kindFile      kind = 2
	kindShard     kind = 5
)

func (k kind) String() string {
	switch k {
	case kindRaw, kindFile:
		return "a file"
	case kindDirectory, kindShard:
		return "a directory"
	}
	return fmt.Sprintf("of UnixFS type %d", int(k))
}

// node is a decoded block. Its strings are parts of one copy of the block.
type node struct {
	cid        cid.Cid
	kind       kind
	length     int // of the block
	links      []rawLink
	data       string // content of a file, bitmap of a shard
	fileSize   uint64
	blockSizes []uint64
	hashType   uint64
	fanout     uint64
}

// rawLink is a link as it stands in a node, its CID not looked at: of 256
// links of a shard a lookup follows one.
type rawLink struct {
	name, hash string
	size       uint64
}

func (l Link) raw() rawLink { return rawLink{name: l.Name, hash: l.CID.KeyString(), size: l.Size} }

func (n *node) badf(format string, args ...any) error {
	return &FormatError{CID: n.cid, Reason: fmt.Sprintf(format, args...)}
}

// totalSize is the Tsize of a link to n.
func (n *node) totalSize() uint64 {
	total := uint64(n.length)
	for i := range n.links {
		total += n.links[i].size
	}
	return total
}

// link returns the i-th link as an entry called name.
func (n *node) link(i int, name string) (Link, error) {
	l := n.links[i]
	c, err := cid.Cast([]byte(l.hash))
	if err != nil {
		return Link{}, n.badf("link %q has no CID: %v", name, err)
	}
	return Link{Name: name, CID: c, Size: l.size}, nil
}

// decode reads a block of either codec and checks what can be checked about
// it alone.
func decode(b blocks.Block) (*node, error) {
	n := &node{cid: b.Cid(), length: len(b.RawData())}
	if len(b.RawData()) > maxNode {
		return nil, n.badf("longer than %d bytes", maxNode)
	}
	switch codec := n.cid.Prefix().Codec; codec {
	case codecRaw:
		n.kind, n.data = kindRaw, string(b.RawData())
		n.fileSize = uint64(len(n.data))
		return n, nil
	case codecDagPB:
	default:
		return nil, n.badf("codec 0x%x is neither raw nor dag-pb", codec)
	}
	if err := n.decodePB(string(b.RawData())); err != nil {
		return nil, n.badf("%v", err)
	}
	return n, n.check()
}

func (n *node) decodePB(rest string) error {
	n.links = make([]rawLink, 0, len(rest)/64+1)
	data, seen := "", false
	for rest != "" {
		tag, wire, _, payload, next, err := field(rest)
		switch {
		case err != nil:
			return err
		case tag == 1 && wire == wireBytes && !seen:
			data, seen = payload, true
		case tag == 2 && wire == wireBytes:
			l, err := decodeLink(payload)
			if err != nil {
				return err
			}
			n.links = append(n.links, l)
		default:
			return errMalformed
		}
		rest = next
	}
	if !seen {
		return fmt.Errorf("no UnixFS data")
	}
	return n.decodeData(data)
}

func decodeLink(rest string) (rawLink, error) {
	var l rawLink
	for last := 0; rest != ""; {
		tag, wire, number, payload, next, err := field(rest)
		switch {
		case err != nil:
			return l, err
		case tag <= last:
			return l, errMalformed
		case tag == 1 && wire == wireBytes:
			l.hash = payload
		case tag == 2 && wire == wireBytes:
			l.name = payload
		case tag == 3 && wire == wireVarint:
			l.size = number
		default:
			return l, errMalformed
		}
		last, rest = tag, next
	}
	return l, nil
}

func (n *node) decodeData(rest string) error {
	typed := false
	for rest != "" {
		tag, wire, number, payload, next, err := field(rest)
		if err != nil {
			return err
		}
		switch {
		case tag == 1 && wire == wireVarint:
			n.kind, typed = kind(min(number, 1<<20)), true
		case tag == 2 && wire == wireBytes:
			n.data = payload
		case tag == 3 && wire == wireVarint:
			n.fileSize = number
		case tag == 4 && wire == wireVarint:
			n.blockSizes = append(n.blockSizes, number)
		case tag == 4 && wire == wireBytes:
			if err := n.packedSizes(payload); err != nil {
				return err
			}
		case tag == 5 && wire == wireVarint:
			n.hashType = number
		case tag == 6 && wire == wireVarint:
			n.fanout = number
		}
		rest = next
	}
	if !typed {
		return errMalformed
	}
	return nil
}

func (n *node) packedSizes(rest string) error {
	for rest != "" {
		number, next, err := varint(rest)
		if err != nil {
			return err
		}
		n.blockSizes, rest = append(n.blockSizes, number), next
	}
	return nil
}

func (n *node) check() error {
	switch n.kind {
	case kindDirectory:
		for i := 1; i < len(n.links); i++ {
			if n.links[i-1].name >= n.links[i].name {
				return n.badf("entries are not sorted: %q, %q", n.links[i-1].name, n.links[i].name)
			}
		}
	case kindShard:
		return n.checkShard()
	case kindFile, kindRaw:
		if len(n.blockSizes) != len(n.links) {
			return n.badf("%d links with %d sizes", len(n.links), len(n.blockSizes))
		}
	default:
		return n.badf("it is %v", n.kind)
	}
	return nil
}

func (n *node) checkShard() error {
	if n.hashType != hashMurmur3 {
		return n.badf("hash function 0x%x is not murmur3", n.hashType)
	}
	if n.fanout < 8 || n.fanout > maxFanout || bits.OnesCount64(n.fanout) != 1 {
		return n.badf("fanout %d is not allowed", n.fanout)
	}
	if uint64(len(n.data)) > n.fanout/8 {
		return n.badf("bitmap is wider than fanout %d", n.fanout)
	}
	set := 0
	for i := range len(n.data) {
		set += bits.OnesCount8(n.data[i])
	}
	if set != len(n.links) {
		return n.badf("bitmap has %d bits for %d links", set, len(n.links))
	}
	return n.checkLabels()
}

// checkLabels holds every link's name to begin with the slot that the bitmap
// gives it.
func (n *node) checkLabels() error {
	i := 0
	for slot := range int(n.fanout) {
		if !n.has(slot) {
			continue
		}
		if !strings.HasPrefix(n.links[i].name, n.label(slot)) {
			return n.badf("entry %q is not in slot %d", n.links[i].name, slot)
		}
		i++
	}
	return nil
}

// bitsPerLevel is how much of a hash one level of the shard takes.
func (n *node) bitsPerLevel() int { return bits.TrailingZeros64(n.fanout) }

// has reports whether the bitmap, whose last byte holds slots 0 to 7 and whose
// leading zero bytes are left out, has a slot set.
func (n *node) has(slot int) bool {
	i := len(n.data) - 1 - slot/8
	return i >= 0 && n.data[i]>>(slot%8)&1 == 1
}

// position is the index of the link of a slot that is set.
func (n *node) position(slot int) int {
	last := len(n.data) - 1 - slot/8
	count := bits.OnesCount8(n.data[last] & (1<<(slot%8) - 1))
	for i := last + 1; i < len(n.data); i++ {
		count += bits.OnesCount8(n.data[i])
	}
	return count
}

// labelWidth is the length of the slot in front of every name.
func (n *node) labelWidth() int { return (n.bitsPerLevel() + 3) / 4 }

func (n *node) label(slot int) string { return slotLabel(slot, int(n.fanout)) }

// slotLabel is the slot in upper-case hexadecimal, as wide as the last slot's.
func slotLabel(slot, fanout int) string {
	const digits = "0123456789ABCDEF"
	var buf [3]byte
	i := len(buf)
	for last := fanout - 1; last > 0; last >>= 4 {
		i--
		buf[i] = digits[slot&15]
		slot >>= 4
	}
	return string(buf[i:])
}

// slotOf is the slot of a hash at a depth; false when the hash has no bits
// left.
func slotOf(hash uint64, depth, bitsPerLevel int) (int, bool) {
	used := depth * bitsPerLevel
	if used+bitsPerLevel > 64 {
		return 0, false
	}
	return int(hash << used >> (64 - bitsPerLevel)), true
}

// find looks a name up in a plain directory.
func (n *node) find(name string) (int, bool) {
	i := sort.Search(len(n.links), func(i int) bool { return n.links[i].name >= name })
	return i, i < len(n.links) && n.links[i].name == name
}
