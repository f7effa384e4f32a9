package npmrange

import (
	"fmt"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	for _, s := range []string{"^1.2.3", "1.2.3", "~0.2 || ^3.0.0-beta.1", ">= 1.2.3 < 4", "1.2 - 2", "*"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(s, Options{Loose: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkTest(b *testing.B) {
	r := mustParse(b, "^1.2.3", Options{})
	v, err := ParseVersion("1.20.3", false)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r.Test(v)
	}
}

func BenchmarkTestString(b *testing.B) {
	r := mustParse(b, "^1.2.3", Options{Loose: true})
	b.ReportAllocs()
	for b.Loop() {
		r.TestString("1.20.3-rc.1")
	}
}

func BenchmarkParseVersion(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseVersion("1.20.3", false); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFilter sifts 1,000 versions, of which 100 satisfy.
func BenchmarkFilter(b *testing.B) {
	var texts []string
	for i := range 1000 {
		texts = append(texts, fmt.Sprintf("%d.%d.%d", i/100, i/10%10, i%10))
	}
	r := mustParse(b, "^4.0.0", Options{Loose: true})
	b.ReportAllocs()
	for b.Loop() {
		if got := r.Filter(texts); len(got) != 100 {
			b.Fatal(len(got))
		}
	}
}
