package tarball

import (
	"errors"
	"strings"
	"testing"
)

// Hashes of "hello" as Python's hashlib and base64 print them.
const (
	helloSHA1   = "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00="
	helloSHA256 = "sha256-LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
	helloSHA384 = "sha384-WeF0h3dEjGnea4ANejO7+5/xtGPkQ1TDVTvNucZm+pASWjx5+QOXvfX2oT3oKGhP"
	helloSHA512 = "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw=="
)

// wrong is a well-formed hash of something else.
func wrong(algorithm string) string {
	return Hash{algorithm, sum(algorithm, []byte("something else"))}.String()
}

func TestVerify(t *testing.T) {
	for _, tt := range []struct {
		name, integrity string
		ok              bool
	}{
		{"sha512", helloSHA512, true},
		{"sha384", helloSHA384, true},
		{"sha256", helloSHA256, true},
		{"sha1", helloSHA1, true},
		{"wrong", wrong("sha512"), false},
		{"strongest wins over a wrong weaker one", wrong("sha1") + " " + helloSHA512, true},
		{"strongest wins over a right weaker one", helloSHA1 + " " + helloSHA256 + " " + wrong("sha512"), false},
		{"any of the strongest", wrong("sha512") + " " + helloSHA512, true},
		{"none of the strongest", wrong("sha512") + " " + wrong("sha512"), false},
		{"options are ignored", helloSHA512 + "?ct=application/octet-stream", true},
		{"unknown algorithms are ignored", "md5-XUFAKrxLKna5cZ2REBfFkg== " + helloSHA256, true},
		{"white space of any kind", "\t" + helloSHA1 + "\n  " + helloSHA512 + " ", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, err := ParseIntegrity(tt.integrity)
			if err != nil {
				t.Fatal(err)
			}
			err = in.Verify([]byte("hello"))
			var mismatch *MismatchError
			if tt.ok && err != nil || !tt.ok && !errors.As(err, &mismatch) {
				t.Fatalf("Verify: %v", err)
			}
		})
	}
}

func TestMismatchSaysBoth(t *testing.T) {
	in, err := ParseIntegrity(helloSHA512)
	if err != nil {
		t.Fatal(err)
	}
	err = in.Verify([]byte("hell"))
	var m *MismatchError
	if !errors.As(err, &m) || m.Want != helloSHA512 || m.Got != Sum512([]byte("hell")) || m.Size != 4 {
		t.Fatalf("error %#v", err)
	}
}

func TestParseIntegrityRefuses(t *testing.T) {
	for _, s := range []string{
		"", "  ", "sha512", "sha512-", "sha512-!!!!", "sha512-AAAA", "md5-XUFAKrxLKna5cZ2REBfFkg==",
		helloSHA512[:len(helloSHA512)-1], helloSHA512 + " sha1-AAAA", strings.ToUpper(helloSHA1),
		// Base 64 whose unused bits are set is a second writing of a hash.
		"sha1-qvTGHdzF6KLavt4PO0gs2a6pQ01=", strings.Repeat(helloSHA512+" ", 100),
	} {
		if in, err := ParseIntegrity(s); err == nil {
			t.Errorf("%.60q was accepted as %v", s, in)
		}
	}
}

func TestIntegrityString(t *testing.T) {
	in, err := ParseIntegrity(helloSHA1 + " " + helloSHA512 + "?x " + helloSHA256)
	if err != nil {
		t.Fatal(err)
	}
	if want := helloSHA512 + " " + helloSHA256 + " " + helloSHA1; in.String() != want {
		t.Errorf("String() = %q", in.String())
	}
	if got := in.Strongest(); got.Algorithm != "sha512" || len(got.Digest) != 64 {
		t.Errorf("Strongest() = %v", got)
	}
	if Sum512([]byte("hello")) != helloSHA512 {
		t.Error("Sum512 differs from Python's")
	}
}

func TestZeroIntegrityVerifiesNothing(t *testing.T) {
	var in Integrity
	if err := in.Verify(nil); err == nil || !in.IsZero() || in.String() != "" || in.Strongest().String() != "" {
		t.Error("the zero Integrity lets data pass")
	}
}

func TestParseShasum(t *testing.T) {
	in, err := ParseShasum("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d")
	if err != nil || in.String() != helloSHA1 {
		t.Fatalf("%v, %v", in, err)
	}
	for _, s := range []string{"", "aaf4", "zzf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"} {
		if _, err := ParseShasum(s); err == nil {
			t.Errorf("%q was accepted", s)
		}
	}
}

func FuzzParseIntegrity(f *testing.F) {
	f.Add(helloSHA512)
	f.Add(helloSHA1 + " " + helloSHA256 + "?a?b")
	f.Add("md5-x sha512-")
	f.Fuzz(func(t *testing.T, s string) {
		in, err := ParseIntegrity(s)
		if err != nil {
			return
		}
		again, err := ParseIntegrity(in.String())
		if err != nil || again.String() != in.String() {
			t.Fatalf("%q is not read back: %v, %v", in.String(), again, err)
		}
	})
}
