package config

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Credentials are what to present to one registry. At most one of Token and
// Basic is set; a client certificate may come with either. Printing them
// shows nothing.
type Credentials struct {
	// Token is for "Authorization: Bearer".
	Token string
	// Basic is base64("user:password"), for "Authorization: Basic".
	Basic string
	// Username of Basic, for messages; Password decoded.
	Username, Password string
	// CertFile and KeyFile are the paths of a client certificate and its key,
	// in PEM; both or none.
	CertFile, KeyFile string
	// Key is the prefix they are bound to: "//host/path/".
	Key string
}

// IsZero reports whether there is nothing to present.
func (c Credentials) IsZero() bool { return c == Credentials{} }

// String hides the secrets.
func (c Credentials) String() string {
	if c.IsZero() {
		return "(none)"
	}
	return protected + " for " + c.Key
}

// GoString hides the secrets from %#v too.
func (c Credentials) GoString() string { return c.String() }

// Credentials returns what is bound to the longest prefix of u, as
// npm-registry-fetch finds it: "//host:port/a/b", then "//host:port/a/",
// "//host:port/a", and so on up to the host. Where nothing is, and u has the
// host of the default registry, that registry's are used: its tarballs may
// lie beside it. The default port of https and http is left out of the key.
func (c *Config) Credentials(u *url.URL) Credentials {
	return c.CredentialsFor(u, c.RegistryFor(""))
}

// CredentialsFor is Credentials for a u that belongs to another registry than
// the default one, such as a scope's.
func (c *Config) CredentialsFor(u *url.URL, registry string) Credentials {
	if found, ok := c.credentialsUnder(u); ok {
		return found
	}
	r, err := url.Parse(registry)
	if err != nil || hostKey(r) != hostKey(u) {
		return Credentials{}
	}
	found, _ := c.credentialsUnder(r)
	return found
}

// hostKey is the host as keys spell it.
func hostKey(u *url.URL) string {
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	}
	return host
}

func (c *Config) credentialsUnder(u *url.URL) (Credentials, bool) {
	host := hostKey(u)
	if host == "" {
		return Credentials{}, false
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	for prefix := "//" + host + path; ; {
		if found := c.credentialsAt(prefix); !found.IsZero() {
			found.Key = prefix
			return found, true
		}
		if len(prefix) <= len("//")+len(host) {
			return Credentials{}, false
		}
		// Take away either the slash at the end or what is after the last one.
		if short, ok := strings.CutSuffix(prefix, "/"); ok {
			prefix = short
		} else {
			prefix = prefix[:strings.LastIndexByte(prefix, '/')+1]
		}
	}
}

// credentialsAt reads the keys of one prefix, in npm's order: a token, _auth,
// a user with a password.
func (c *Config) credentialsAt(prefix string) Credentials {
	get := func(name string) string {
		v := c.lookup(prefix + ":" + name)
		return last(v.texts)
	}
	var found Credentials
	if cert, key := get("certfile"), get("keyfile"); cert != "" && key != "" {
		found.CertFile, found.KeyFile = cert, key
	}
	user, pass := get("username"), get("_password")
	switch {
	case get("_authToken") != "":
		found.Token = get("_authToken")
	case get("_auth") != "":
		found.Basic = get("_auth")
		found.Username, found.Password, _ = strings.Cut(decodeBase64(found.Basic), ":")
	case user != "" && pass != "":
		found.Username, found.Password = user, decodeBase64(pass)
		found.Basic = base64.StdEncoding.EncodeToString([]byte(user + ":" + found.Password))
	}
	return found
}

// decodeBase64 is as lenient as Node's: either alphabet, padded or not.
func decodeBase64(s string) string {
	s = strings.NewReplacer("-", "+", "_", "/", "=", "", "\n", "", "\r", "", " ", "").Replace(s)
	data, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(data)
}

// credentialNames are what may follow "//host/path/:".
func credentialNames() []string {
	return []string{"_auth", "_authToken", "_password", "certfile", "email", "keyfile", "username"}
}

// checkScoped checks the name of a "//host/:x" or "@scope:registry" key.
func checkScoped(name string) error {
	base := name[strings.LastIndexByte(name, ':')+1:]
	switch {
	case strings.ContainsAny(name, "=\r\n"):
	case isRegistryKey(name):
		if slices.Contains(credentialNames(), base) && len(name) > len("//:")+len(base) {
			return nil
		}
		if prefix, ok := strings.CutSuffix(name, ":"+base); ok {
			if near := nearest(base, credentialNames()); near != "" {
				return &KeyError{Key: name, Near: prefix + ":" + near}
			}
		}
	case strings.HasPrefix(name, "@"):
		if base == "registry" && len(name) > len("@:registry") {
			return nil
		}
		return &KeyError{Key: name, Near: strings.TrimSuffix(name, ":"+base) + ":registry"}
	}
	return &KeyError{Key: name}
}
