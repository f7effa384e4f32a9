package ipfsstore

import (
	"testing"

	blocks "github.com/ipfs/go-block-format"
)

// HoldToContract is [testSource] for sources of packages that import this one.
// What it is to have is in the store that open gets, to share.
func HoldToContract(t *testing.T, open func(*testing.T, *Store) Source) {
	testSource(t, func(t *testing.T, c *content) Source {
		s := openStore(t, Options{})
		var all []blocks.Block
		for b, err := range blocksOf(t, c) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
		if err := s.PutBlocks(testContext(t), all); err != nil {
			t.Fatal(err)
		}
		for name, data := range c.records {
			n, err := ParseName(name)
			if err != nil {
				t.Fatal(err)
			}
			rec, err := ParseRecord(n, data)
			if err == nil {
				_, err = s.names.save(n, rec, false)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		return open(t, s)
	})
}
