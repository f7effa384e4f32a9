package upstream

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Proxies are npm's proxy keys.
type Proxies struct {
	// HTTP (proxy) and HTTPS (https-proxy) are proxy URLs; one that is empty
	// is stood in for by the other.
	HTTP, HTTPS string
	// NoProxy lists hosts that are reached directly, separated by commas or
	// spaces: "example.com" covers its subdomains, "*" everything; a port
	// narrows it.
	NoProxy string
}

// Func checks the URLs and returns the function for [Options.Proxy].
func (p Proxies) Func() (func(*http.Request) (*url.URL, error), error) {
	plain, err := parseProxy(orDefault(p.HTTP, p.HTTPS))
	if err != nil {
		return nil, err
	}
	secure, err := parseProxy(orDefault(p.HTTPS, p.HTTP))
	if err != nil {
		return nil, err
	}
	direct := strings.FieldsFunc(strings.ToLower(p.NoProxy), func(r rune) bool { return r == ',' || r == ' ' })
	return func(req *http.Request) (*url.URL, error) {
		switch {
		case bypass(direct, req.URL):
			return nil, nil
		case req.URL.Scheme == "https":
			return secure, nil
		}
		return plain, nil
	}, nil
}

func parseProxy(s string) (*url.URL, error) {
	if s == "" {
		return nil, nil
	}
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		// The parser's error quotes the URL, and with it a password.
		return nil, fmt.Errorf("the proxy URL cannot be parsed")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, &URLError{URL: redact(u), Why: "a proxy is reached by http, https or socks5"}
	}
	if u.Host == "" {
		return nil, &URLError{URL: redact(u), Why: "no host in the proxy URL"}
	}
	return u, nil
}

func bypass(direct []string, u *url.URL) bool {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	for _, rule := range direct {
		if rule == "*" {
			return true
		}
		name := rule
		if i := strings.LastIndexByte(rule, ':'); i >= 0 && strings.IndexByte(rule, ':') == i {
			if rule[i+1:] != port {
				continue
			}
			name = rule[:i]
		}
		name = strings.Trim(strings.TrimPrefix(name, "*"), ".[]")
		if name != "" && (host == name || strings.HasSuffix(host, "."+name)) {
			return true
		}
	}
	return false
}
