package webreturn_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/web/webtest"
)

// The desk of another country reads what it is asked to sign, says why it does not, and signs what was written anew; the desk that asked takes
// both answers.
func TestAnAssessmentIsSignedAbroad(t *testing.T) {
	w := webtest.Pair(t)
	net := w.Node.Net
	there := webtest.At(t, net.Node("MK"))
	ret, asked := webtest.AskedAbroad(w, there)
	p, q := w.As("ana"), there.As("ana")
	p.Get(ret).OK().Says("Question to the other country", "At the other node; nobody has opened it", "MK/focal-point has been asked and has not signed yet").Never("Take the answer")
	q.Get("/").OK()
	q.Get("/tasks").OK().Says("Read the risk assessment of a return that another country asks you to sign")
	q.Get(asked).OK().Says("not to the village", "another town than the village", "Written in", "English", "Sign it", "Or say why you do not sign", "MD/focal-point")
	net.Run()
	p.Get(ret).OK().Says("A person there has read it")

	// Nobody else is told that there is such a question.
	there.Node.User("nada", access.NationalCoordinator)
	there.As("nada").Get(asked).Is(http.StatusForbidden)
	w.As("ana").Get(asked).Is(http.StatusNotFound)

	version := func(s *webtest.Somebody, path string) string {
		return s.Get(path).OK().Find(`name="version" value="([0-9]+)"`)
	}
	q.Do(http.MethodPost, asked+"/refusal", url.Values{"version": {version(q, asked)}}).Is(http.StatusUnprocessableEntity).Find(`id="(reason-error)"`)
	q.Post(asked+"/refusal", url.Values{
		"version": {version(q, asked)}, "reason": {"more-needed"}, "why": {"Ask her sister first."}, "why-language": {"en"},
	}).OK().Says("told that you do not sign", "More has to be found out first").Never("Sign it")
	net.Run()
	p.Get(ret).OK().Says("Answered; nobody has taken the answer")
	p.Post(ret+"/answer", url.Values{"version": {version(p, ret)}}).OK().Says("The answer is kept", "Ask her sister first.", "More has to be found out first")

	form := webtest.RisksFor(p, ret, "MK/focal-point")
	form.Set("conclusion", "to her sister in the south")
	form.Set("written-in", "en")
	p.Take(ret, "assessment", form).OK()
	net.Run()
	q.Get(asked).OK().Says("Written in", "English").Find(`(?s)lang="(en)"[^>]*>\s*<bdi>to her sister in the south`) // whatever the reader reads
	q.Get(asked).OK().Says("What your desk answered before was about an assessment that has been written anew since")

	// An answer that crosses a newer assessment on the way is shown for what it is at both ends.
	net.CutAll(true)
	q.Post(asked+"/refusal", url.Values{"version": {version(q, asked)}, "reason": {"cannot-assess"}}).OK()
	form = webtest.RisksFor(p, ret, "MK/focal-point")
	form.Set("conclusion", "to her sister in the south")
	form.Set("written-in", "en")
	p.Take(ret, "assessment", form).OK()
	net.CutAll(false)
	net.Run()
	p.Get(ret).OK().Says("It has answered the assessment before this one").Never("Take the answer")
	q.Get(asked).OK().Says("to her sister in the south", "It counts for nothing any more")
	q.Do(http.MethodPost, asked+"/signature", url.Values{"version": {version(q, asked)}, "accepts": {"person/"}}).Is(http.StatusUnprocessableEntity)
	q.Post(asked+"/signature", url.Values{"version": {version(q, asked)}, "accepts": {"origin/"}, "note": {"We meet her."}, "note-language": {"en"}}).OK().
		Says("The assessment is signed by you.", "Signed")
	net.Run()
	p.Post(ret+"/answer", url.Values{"version": {version(p, ret)}}).OK().
		Says("We meet her.", "Risks assessed by two desks", "Signed by", "MK/focal-point", "Both desks accept").Never("What is still missing before she may travel")
	p.Take(ret, "end", url.Values{"reason": {"changed-her-mind"}}).OK().Says("Stopped")
	net.Run()
	q.Get(asked).OK().Says("Nothing of this assessment is kept here any more").Never("her sister in the south")
}
