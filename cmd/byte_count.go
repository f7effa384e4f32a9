package cmd

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// byteCount is a flag for a size: "500kB", "2.5 GB". The units are decimal, as in
// what ipnpm prints.
type byteCount int64

// String implements pflag.Value.
func (n *byteCount) String() string {
	if *n == 0 {
		return ""
	}
	return size(int64(*n))
}

// Type implements pflag.Value.
func (n *byteCount) Type() string { return "SIZE" }

// Set implements pflag.Value.
func (n *byteCount) Set(text string) error {
	number := strings.TrimRight(text, "kKMGTBb ")
	factor, ok := map[string]float64{"": 1, "k": 1e3, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}[strings.TrimRight(strings.TrimSpace(text[len(number):]), "Bb")]
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !ok || value <= 0 || value*factor >= math.MaxInt64 {
		return fmt.Errorf("%q is no size: write it as 500kB, 20MB or 1.5GB", text)
	}
	*n = byteCount(value * factor)
	return nil
}
