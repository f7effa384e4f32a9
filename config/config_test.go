package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

const host = "http://registry.example/"

// files writes rc files and returns their paths by layer.
func files(t *testing.T, global, user, project string) Sources {
	t.Helper()
	dir := t.TempDir()
	s := Sources{
		Global:   filepath.Join(dir, "global"),
		User:     filepath.Join(dir, "user"),
		Project:  filepath.Join(dir, "project"),
		Defaults: map[string]string{"registry": host},
	}
	for path, text := range map[string]string{s.Global: global, s.User: user, s.Project: project} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func load(t *testing.T, s Sources) (*Config, []Warning) {
	t.Helper()
	c, warnings, err := Load(s)
	if err != nil {
		t.Fatal(err)
	}
	return c, warnings
}

func TestLayers(t *testing.T) {
	s := files(t, "tag=global\nsave-prefix=~", "tag=user\nfetch-retries=5", "tag=project\nloglevel=warn")
	s.Env = []string{"NPM_CONFIG_TAG=env", "npm_config_save_exact=true", "HOME=/home/u"}
	s.Flags = map[string][]string{"tag": {"flag"}}
	c, warnings := load(t, s)
	if len(warnings) != 0 {
		t.Errorf("warnings: %v", warnings)
	}
	for key, want := range map[string]string{
		"tag": "flag --tag", "save-exact": "true environment npm_config_save_exact",
		"loglevel": "warn " + s.Project + ":2", "fetch-retries": "5 " + s.User + ":2",
		"save-prefix": "~ " + s.Global + ":2", "registry": host + " default", "cafile": " default",
	} {
		if got := c.String(key) + " " + c.Source(key).String(); got != want {
			t.Errorf("%s: got %q, want %q", key, got, want)
		}
	}
	delete(s.Flags, "tag")
	if c, _ = load(t, s); c.String("tag") != "env" {
		t.Errorf("the environment is below %s", c.Source("tag"))
	}
	s.Env = nil
	if c, _ = load(t, s); c.String("tag") != "project" {
		t.Errorf("the project is below %s", c.Source("tag"))
	}
}

func TestTypes(t *testing.T) {
	s := files(t, "", `
fetch-timeout = 1500
min-release-age = 0.5
before = 2026-01-31
maxsockets = 40
strict-ssl = false
save-exact
omit[] = dev
omit[] = peer
noproxy = a.example, b.example
ca[] = "A\nB"
ca[] = C
cafile = ~/ca.pem
node-gyp = gyp/bin
proxy = null
https-proxy = http://u:pw@proxy.example:1/
`, "")
	s.Env, s.Dir = []string{"HOME=/home/u"}, "/w"
	c, warnings := load(t, s)
	if len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
	for _, test := range []struct{ got, want any }{
		{c.Duration("fetch-timeout"), 1500 * time.Millisecond},
		{c.Duration("min-release-age"), 12 * time.Hour},
		{c.Time("before"), time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC)},
		{c.Int("maxsockets"), 40},
		{c.Int("fetch-retries"), 2},
		{c.Bool("strict-ssl"), false},
		{c.Bool("save-exact"), true},
		{c.Bool("package-lock"), true},
		{c.Strings("omit"), []string{"dev", "peer"}},
		{c.Strings("noproxy"), []string{"a.example", "b.example"}},
		{c.Strings("ca"), []string{"A\nB", "C"}},
		{c.String("cafile"), "/home/u/ca.pem"},
		{c.String("node-gyp"), "/w/gyp/bin"},
		{c.String("proxy"), ""},
		{c.String("https-proxy"), "http://u:pw@proxy.example:1/"},
		{c.Strings("workspace"), []string(nil)},
		{c.String("no such key"), ""},
	} {
		if !reflect.DeepEqual(test.got, test.want) {
			t.Errorf("got %v, want %v", test.got, test.want)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range Keys() {
		if seen[k.Name] || k.Description == "" || strings.Contains(k.Description, "\n") {
			t.Errorf("%s is there twice or badly described", k.Name)
		}
		seen[k.Name] = true
		if k.Default == "" || k.Default == "null" {
			continue
		}
		if _, err := k.parse(k.Default, "", ""); err != nil {
			t.Error(err)
		}
	}
	for _, name := range npmOnlyKeys() {
		if seen[name] {
			t.Errorf("%s is ours and npm's only", name)
		}
	}
}

func TestWarnings(t *testing.T) {
	s := files(t, "regstry=x\n", `regstry=x
_authToken=secret
fetch-retries=many
save-exact=maybe
//h.example/:_authtoken=x
@acme:regsitry=x
production=true
tag=${NOPE}
init-author-name=me
[section]
a=1
`, "prefix=/x\n")
	c, warnings := load(t, s)
	var got []string
	for _, w := range warnings {
		got = append(got, strings.ReplaceAll(w.String(), filepath.Dir(s.User)+"/", ""))
	}
	want := []string{
		"project:1: prefix cannot be set by a project; it is ignored",
		"user:2: _authToken belongs to one registry: write it as //host/:_authToken; it is ignored here",
		`user:3: fetch-retries must be a whole number, 0 or more, not "many"; it is ignored`,
		`user:4: save-exact must be true or false, not "maybe"; it is ignored`,
		"user:7: production is deprecated: use omit=dev",
		"user:8: tag refers to the variable NOPE, which is not set",
		"user:11: [section] begins a section, which npm's configuration has no use for; the key is ignored",
		`user:5: unknown key "//h.example/:_authtoken"; did you mean "//h.example/:_authToken"?`,
		`user:6: unknown key "@acme:regsitry"; did you mean "@acme:registry"?`,
		`user:1: unknown key "regstry"; did you mean "registry"?`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if c.Int("fetch-retries") != 2 || c.Bool("save-exact") || !reflect.DeepEqual(c.Strings("omit"), []string{"dev"}) {
		t.Error("a value that was warned of is used, or one beside it is not")
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		rc    string
		flags map[string][]string
		want  string
	}{
		{"=x", nil, "F:1: a value without a key"},
		{"registry=example", nil, `F:1: registry must be a URL such as https://registry.example/, not "example"`},
		{"\n@a:registry=x", nil, `F:2: @a:registry must be a URL such as https://registry.example/, not "x"`},
		{"min-release-age=week", nil, `F:1: min-release-age must be a number of days, not "week"`},
		{"ignore-scripts=ture", nil, `F:1: ignore-scripts must be true or false, not "ture"`},
		{"allow-git=any", nil, `F:1: allow-git must be one of all, none, root, not "any"`},
		{"", map[string][]string{"loglevel": {"loud"}}, `--loglevel: loglevel must be one of silent, error, warn, notice, http, info, verbose, silly, not "loud"`},
		{"", map[string][]string{"sav-exact": nil}, `unknown key "sav-exact"; did you mean "save-exact"?`},
		{"", map[string][]string{"https-proxy": {"http://u:p@"}}, `--https-proxy: https-proxy must be a URL such as https://registry.example/, not "http://***@"`},
	} {
		s := files(t, "", test.rc, "")
		s.Flags = test.flags
		_, _, err := Load(s)
		if err == nil || strings.ReplaceAll(err.Error(), s.User, "F") != test.want {
			t.Errorf("%q %v:\n got %v\nwant %s", test.rc, test.flags, err, test.want)
		}
	}
	s := files(t, "", strings.Repeat("#", MaxSize+1), "")
	if _, _, err := Load(s); err == nil {
		t.Error("a file larger than MaxSize was read")
	}
	if _, _, err := Load(Sources{User: t.TempDir()}); err == nil {
		t.Error("a folder was read")
	}
}

func TestWhereFilesAre(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, ".npmrc")
	if err := os.WriteFile(path, []byte("tag=home"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, _ := load(t, Sources{Env: []string{"HOME=" + home}, Project: path})
	if c.String("tag") != "home" || c.Source("tag").Layer != User || c.File(User) != path {
		t.Errorf("the home's file: %s from %v", c.String("tag"), c.Source("tag"))
	}
	c, _ = load(t, Sources{Env: []string{"npm_config_userconfig=" + path}})
	if c.String("tag") != "home" {
		t.Error("npm_config_userconfig is not followed")
	}
	etc := filepath.Join(home, "etc", "npmrc")
	if err := Set(etc, "tag", "etc"); err != nil {
		t.Fatal(err)
	}
	c, _ = load(t, Sources{Env: []string{"npm_config_prefix=" + home}})
	if c.String("tag") != "etc" || c.Source("tag").Layer != Global {
		t.Error("etc/npmrc below prefix is not read")
	}
}

func TestFlags(t *testing.T) {
	c, _ := load(t, Sources{Flags: map[string][]string{
		"no-upstream": nil, "no-save": {"true"}, "omit": {"dev", "peer"}, "offline": {""},
		"@acme:registry": {"ipns://name"}, "//h.example/:_authToken": {"t"},
	}})
	if c.Bool("upstream") || c.Bool("save") || !c.Bool("offline") || len(c.Strings("omit")) != 2 ||
		c.RegistryFor("@acme/x") != "ipns://name/" {
		t.Errorf("got %v", c.List())
	}
}

func TestEnvironmentDefaults(t *testing.T) {
	c, warnings := load(t, Sources{Env: []string{"NO_COLOR=1", "CI=true", "NODE_ENV=production",
		"HTTPS_PROXY=http://p.example:1", "NO_PROXY=a,b", "IPFS_GATEWAY=http://g.example", "npm_config_npm_version=12"}})
	if len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
	got := fmt.Sprintf("%s %v %v %s %v %v", c.String("color"), c.Bool("progress"), c.Strings("omit"), c.String("https-proxy"), c.Strings("noproxy"), c.Strings("ipfs-gateway"))
	if got != "false false [dev] http://p.example:1 [a b] [http://g.example]" {
		t.Errorf("got %s", got)
	}
	if src := c.Source("color").String(); src != "environment NO_COLOR" || c.IsSet("color") {
		t.Errorf("source %s", src)
	}
}

func TestOmit(t *testing.T) {
	for rc, want := range map[string]string{
		"":                                  "[] []",
		"production":                        "[dev] []",
		"production=false":                  "[] [dev]",
		"only=prod":                         "[dev] []",
		"omit[]=dev\ninclude[]=dev":         "[] [dev]",
		"omit=dev\nomit[]=optional":         "[dev optional] []",
		"optional=false":                    "[optional] []",
		"omit=dev\nalso=dev\noptional=true": "[] [dev optional]",
		"omit=prod":                         "[] []",
	} {
		c, _ := load(t, files(t, "", rc, ""))
		if got := fmt.Sprint(c.Strings("omit"), c.Strings("include")); got != want {
			t.Errorf("%q: got %s, want %s", rc, got, want)
		}
	}
}

func TestPackageLock(t *testing.T) {
	for rc, want := range map[string]bool{
		"":                   true,
		"package-lock=false": false,
		"package-lock=false\npackage-lock-only=true": true,
	} {
		c, _ := load(t, files(t, "", rc, ""))
		if got := c.Bool("package-lock"); got != want {
			t.Errorf("%q: got %v", rc, got)
		}
	}
}

func TestLegacyStrategy(t *testing.T) {
	c, _ := load(t, files(t, "", "legacy-bundling=true", ""))
	if got := c.String("install-strategy"); got != "nested" {
		t.Errorf("got %s", got)
	}
}

func TestBefore(t *testing.T) {
	now := time.Date(2026, 6, 10, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct{ user, project, want string }{
		{"", "", "0001-01-01"},
		{"min-release-age=3", "", "2026-06-07"},
		{"before=2026-01-01\nmin-release-age=3", "", "2026-01-01"},
		{"before=2026-01-01", "min-release-age=3", "2026-06-07"},
		{"min-release-age=3", "before=2026-01-01", "2026-01-01"},
		{"min-release-age=3", "min-release-age=0", "0001-01-01"},
		{"before=2026-01-01", "before=null", "0001-01-01"},
	} {
		c, _ := load(t, files(t, "", test.user, test.project))
		if got := c.Before(now).Format(time.DateOnly); got != test.want {
			t.Errorf("%+v: got %s", test, got)
		}
	}
}

func TestRegistryFor(t *testing.T) {
	c, _ := load(t, files(t, "", "registry=https://r.example/npm\n@acme:registry=https://a.example", "@b:registry=/ipns/k51"))
	for name, want := range map[string]string{
		"": "https://r.example/npm/", "x": "https://r.example/npm/", "@acme": "https://a.example/",
		"@acme/x": "https://a.example/", "@other/x": "https://r.example/npm/", "@b/x": "/ipns/k51",
	} {
		if got := c.RegistryFor(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
	if got := fmt.Sprint(c.Scopes()); got != "[@acme @b]" {
		t.Errorf("scopes %s", got)
	}
}

func TestSecretsStaySecret(t *testing.T) {
	s := files(t, "", "//h.example/:_authToken=s3cret\n//h.example/:_password=czNjcmV0\n//h.example/:username=s3cret\nhttps-proxy=http://u:s3cret@p.example/\n", "")
	c, _ := load(t, s)
	u, _ := url.Parse("http://h.example/x")
	shown := fmt.Sprintf("%v %s %v %+v %#v", c.List(), c.String("//h.example/:_authToken"), c.Credentials(u), c.Credentials(u), c.Credentials(u))
	if strings.Contains(shown, "s3cret") || strings.Contains(shown, "czNj") {
		t.Errorf("shown: %s", shown)
	}
	if c.Credentials(u).Token != "s3cret" {
		t.Error("the token is not given either")
	}
}

func TestCheck(t *testing.T) {
	for _, ok := range [][]string{{"tag", "x"}, {"omit", "dev", "peer"}, {"registry", host}, {"//h/:_authToken", "${T}"},
		{"@a:registry", host}, {"ipfs", "kubo:/ip4/127.0.0.1/tcp/5001"}, {"before", "null"}} {
		if err := Check(ok[0], ok[1:]...); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, bad := range [][]string{{"tga", "x"}, {"omit", "prod"}, {"tag", "a", "b"}, {"registry", "x"}, {"//h/:token", "x"},
		{"@a:registry", "x"}, {"ipfs", "kubo:"}, {"tag", "\x00"}, {"@:registry", host}, {"//h=/:_auth", "x"}} {
		if err := Check(bad[0], bad[1:]...); err == nil {
			t.Errorf("%q passed", bad)
		} else if _, isKey := errors.AsType[*KeyError](err); !isKey {
			if _, isValue := errors.AsType[*ValueError](err); !isValue {
				t.Errorf("%q: %T", bad, err)
			}
		}
	}
}
