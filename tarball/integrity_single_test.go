package tarball

import "testing"

func TestSingle(t *testing.T) {
	a, b := Sum512([]byte("a")), Sum512([]byte("b"))
	const sha1 = "sha1-hvfkN/qlp/zhXR3cuerq6jd2Z7g="
	for _, tt := range []struct {
		text, want string
		ok         bool
	}{
		{a, a, true},
		{sha1, sha1, true},
		{sha1 + " " + a, a, true},
		{a + " " + a, a, true},
		{a + " " + b, "", false},
		{b + " " + sha1 + " " + a, "", false},
	} {
		in, err := ParseIntegrity(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := in.Single(); ok != tt.ok || got.String() != tt.want {
			t.Errorf("Single(%s) = %s, %v; want %s, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
	if _, ok := (Integrity{}).Single(); ok {
		t.Error("the zero Integrity has a single hash")
	}
}

// TestVerified512 takes the digest that bytes were verified against for theirs
// where there is no doubt about it.
func TestVerified512(t *testing.T) {
	data := []byte("bytes")
	own, other := Sum512(data), Sum512([]byte("other bytes"))
	const sha1 = "sha1-hvfkN/qlp/zhXR3cuerq6jd2Z7g="
	for integrity, want := range map[string]string{
		"":                own,
		"nonsense":        own,
		sha1:              own,
		own:               own,
		sha1 + " " + own:  own,
		other:             other, // whoever verified the bytes answers for it
		own + " " + other: own,
	} {
		if got := Verified512(integrity, data); got != want {
			t.Errorf("%q: %s", integrity, got)
		}
		if sum, ok := SHA512Of(integrity); ok != (integrity == own || integrity == other || integrity == sha1+" "+own) || ok && sum != want {
			t.Errorf("SHA512Of(%q) = %s, %v", integrity, sum, ok)
		}
	}
}
