package cmd

import "testing"

func TestCIField(t *testing.T) {
	for _, test := range []struct {
		env  []string
		want string
	}{
		{nil, ""},
		{[]string{"CI=true"}, ""},
		{[]string{"GITLAB_CI=true"}, "ci/gitlab-ci"},
		{[]string{"GITLAB_CI=true", "CI=false"}, ""},
		{[]string{"GITHUB_ACTIONS=true"}, "ci/github-actions"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://github.com", "RUNNER_ENVIRONMENT=github-hosted"}, "ci/github-actions/dotcom-hosted"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://github.com/", "RUNNER_ENVIRONMENT= self-hosted"}, "ci/github-actions/dotcom-selfhosted"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://GitHub.com"}, "ci/github-actions/dotcom"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://a.ghe.com"}, "ci/github-actions/ghecom"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=https://git.example"}, "ci/github-actions/ghes"},
		{[]string{"GITHUB_ACTIONS=true", "GITHUB_SERVER_URL=::"}, "ci/github-actions"},
		{[]string{"JENKINS_URL=x"}, ""},
		{[]string{"JENKINS_URL=x", "BUILD_ID=1"}, "ci/jenkins"},
		{[]string{"CI_NAME=codeship"}, "ci/codeship"},
		{[]string{"NODE=/app/.heroku/node/bin/node"}, "ci/heroku"},
		{[]string{"NOW_BUILDER=1"}, "ci/vercel"},
		{[]string{"APPVEYOR=1", "TRAVIS=1"}, "ci/travis-ci"},
	} {
		if got := ciField((&Streams{Env: test.env}).Getenv); got != test.want {
			t.Errorf("%v: %q, want %q", test.env, got, test.want)
		}
	}
}
