package askcase

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/childhood"
	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/id"
)

// caseChild is "opentrm case child" with what stands below it.
type caseChild struct {
	Show        childShow        `cmd:"" default:"withargs" help:"Open the path of who is or may be a child: guardians, best interests, age, what she was told, which bodies were."`
	Guardian    childGuardian    `cmd:"" help:"Record who decides with her from a day on, read as JSON."`
	Exclude     childExclude     `cmd:"" help:"Record a conflict of interest, which excludes a guardian."`
	GuardianEnd childGuardianEnd `cmd:"" help:"Record that somebody is her guardian no more, and why."`
	Interest    childInterest    `cmd:"" help:"Record what was assessed or determined to be in her best interests, read as JSON."`
	Age         childAge         `cmd:"" help:"Record what was said, found or decided about her age, read as JSON."`
	Tell        childTell        `cmd:"" help:"Record what she was told, and what she said to it, read as JSON."`
	Notice      childNotice      `cmd:"" help:"Record that a body that protects children was told of her, read as JSON; this node tells nobody."`
	Review      childReview      `cmd:"" help:"Say that one has looked at where a child stands."`
}

type childShow struct{ console.OneCase }

func (c *childShow) Run(s *console.Screen) error { return c.Show(s, "/childhood") }

type childGuardian struct{ adding }

func (c *childGuardian) Run(s *console.Screen) error {
	return c.put(s, "/childhood/guardians", &childhood.Guardian{})
}

type childExclude struct {
	oneVersion
	Day string `required:"" help:"The day on which it was noticed, yyyy-mm-dd."`
	saying
}

func (c *childExclude) Run(s *console.Screen) error {
	conflict, err := c.read(s)
	if err != nil {
		return err
	}
	return c.change(s, "childhood/guardians", "/conflict", map[string]any{"day": c.Day, "conflict": conflict}, "excluded")
}

type childGuardianEnd struct{ ending }

func (c *childGuardianEnd) Run(s *console.Screen) error { return c.say(s, "childhood/guardians", nil) }

type childInterest struct{ adding }

func (c *childInterest) Run(s *console.Screen) error {
	return c.put(s, "/childhood/interests", &childhood.Interest{Part: []string{}, Weighed: []string{}, Signers: []childhood.Signer{}})
}

type childAge struct{ adding }

func (c *childAge) Run(s *console.Screen) error {
	return c.put(s, "/childhood/ages", &childhood.Age{Rests: []id.Record{}})
}

type childTell struct{ adding }

func (c *childTell) Run(s *console.Screen) error {
	return c.put(s, "/childhood/tellings", &childhood.Told{})
}

type childNotice struct{ adding }

func (c *childNotice) Run(s *console.Screen) error {
	return c.put(s, "/childhood/notices", &childhood.Notice{})
}

type childReview struct{ console.OneCase }

func (c *childReview) Run(s *console.Screen) error {
	return c.Do(s, http.MethodPost, "/childhood/review", nil, "", "seen")
}
