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
