package cmd

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/ipnpm/ipnpm/install"
)

// userAgents makes what registries and packages' scripts are told of us: npm's
// shape, which those that look for it understand, with the fields of npm's own
// key `user-agent`. It knows Node's version, for which it may have to start Node,
// and so is made when somebody asks, once.
func (s *session) userAgents() func() string {
	return sync.OnceValue(func() string {
		here := install.Detect()
		text := strings.NewReplacer(
			"{ipnpm-version}", s.app.version(),
			"{npm-version}", "?", // npm's own: other package managers say the same
			"{node-version}", nodeField(s.nodeVersion(context.Background())),
			"{platform}", here.OS,
			"{arch}", here.CPU,
			"{workspaces}", strconv.FormatBool(s.cfg.Bool("workspaces") || len(s.cfg.Strings("workspace")) > 0),
			"{ci}", ciField(s.app.Getenv),
		).Replace(s.cfg.String("user-agent"))
		return strings.TrimSpace(text)
	})
}

// nodeField is Node's version as Node itself has it, and "?" without a Node.
func nodeField(version string) string {
	if version == "" {
		return "?"
	}
	return "v" + version
}

// ciField is "ci/NAME" on a service that runs builds, as the package ci-info
// calls it, and nothing elsewhere.
func ciField(getenv func(string) string) string {
	name := ciName(getenv)
	switch {
	case name == "":
		return ""
	case name == "github-actions" && githubKind(getenv) != "":
		return "ci/" + name + "/" + githubKind(getenv)
	}
	return "ci/" + name
}

// ciName is the service by what it sets in the environment. Where several fit,
// the last does.
func ciName(getenv func(string) string) string {
	if getenv("CI") == "false" {
		return ""
	}
	name := ""
	for line := range strings.Lines(ciServices) {
		fields := strings.Fields(line)
		fits := len(fields) > 1
		for _, condition := range fields[1:] {
			fits = fits && ciHolds(condition, getenv)
		}
		if fits {
			name = fields[0]
		}
	}
	return name
}

// ciHolds says of a condition whether it does: KEY, KEY=value, or KEY~part.
func ciHolds(condition string, getenv func(string) string) bool {
	if key, value, ok := strings.Cut(condition, "="); ok {
		return getenv(key) == value
	}
	if key, part, ok := strings.Cut(condition, "~"); ok {
		return strings.Contains(getenv(key), part)
	}
	return getenv(condition) != ""
}

// ciServices are the services of ci-info, which npm goes by: a name, and what
// the environment has there.
const ciServices = `agola-ci AGOLA_GIT_REF
alpic ALPIC_HOST
appcircle AC_APPCIRCLE
appveyor APPVEYOR
aws-codebuild CODEBUILD_BUILD_ARN
azure-pipelines TF_BUILD
bamboo bamboo_planKey
bitbucket-pipelines BITBUCKET_COMMIT
bitrise BITRISE_IO
buddy BUDDY_WORKSPACE_ID
buildkite BUILDKITE
circleci CIRCLECI
cirrus-ci CIRRUS_CI
cloudflare-pages CF_PAGES
cloudflare-workers WORKERS_CI
codefresh CF_BUILD_ID
codemagic CM_BUILD_ID
codeship CI_NAME=codeship
drone DRONE
dsari DSARI
earthly EARTHLY_CI
expo-application-services EAS_BUILD
gerrit GERRIT_PROJECT
gitea-actions GITEA_ACTIONS
github-actions GITHUB_ACTIONS
gitlab-ci GITLAB_CI
gocd GO_PIPELINE_LABEL
google-cloud-build BUILDER_OUTPUT
harness-ci HARNESS_BUILD_ID
heroku NODE~/app/.heroku/node/bin/node
hudson HUDSON_URL
jenkins JENKINS_URL BUILD_ID
layerci LAYERCI
magnum-ci MAGNUM
netlify-ci NETLIFY
nevercode NEVERCODE
prow PROW_JOB_ID
releasehub RELEASE_BUILD_ID
render RENDER
sail-ci SAILCI
screwdriver SCREWDRIVER
semaphore SEMAPHORE
sourcehut CI_NAME=sourcehut
strider-cd STRIDER
taskcluster TASK_ID RUN_ID
teamcity TEAMCITY_VERSION
travis-ci TRAVIS
vela VELA
vercel NOW_BUILDER
vercel VERCEL
visual-studio-app-center APPCENTER_BUILD_ID
woodpecker CI=woodpecker
xcode-cloud CI_XCODE_PROJECT
xcode-server XCS
`

// githubKind tells who runs a GitHub action: GitHub, the user's own machine, or
// an Enterprise server.
func githubKind(getenv func(string) string) string {
	server, err := url.Parse(strings.TrimSpace(getenv("GITHUB_SERVER_URL")))
	if err != nil {
		return ""
	}
	host := strings.ToLower(server.Hostname())
	switch runner := strings.TrimSpace(getenv("RUNNER_ENVIRONMENT")); {
	case host == "":
		return ""
	case host == "ghe.com", strings.HasSuffix(host, ".ghe.com"):
		return "ghecom"
	case host != "github.com":
		return "ghes"
	case runner == "github-hosted":
		return "dotcom-hosted"
	case runner == "self-hosted":
		return "dotcom-selfhosted"
	}
	return "dotcom"
}
