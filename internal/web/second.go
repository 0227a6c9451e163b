package web

import (
	"fmt"
	"net/http"
	"strings"

	"rsc.io/qr"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/page"
	"github.com/opentrm/opentrm/internal/signin"
)

// codeModel is the page that asks for the code of the second step.
type codeModel struct {
	ticket, back string
	errors       []page.Error
}

func (v *visit) showCode(status int, m codeModel) error {
	return v.Show(page.Page{Status: status, Title: page.Key("signin.code.title"), Errors: m.errors, Body: codeScreen(v.P, m)})
}

func (v *visit) code() error {
	m := codeModel{ticket: v.R.PostFormValue("ticket"), back: page.Within(v.Field("back"))}
	in, err := v.Signin.ComeOn(v.R.Context(), m.ticket, signin.Entry{Code: v.Field("code"), Known: v.proof(), Bound: v.named(), Address: v.Network()})
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "code")
		if err != nil {
			return err
		}
		if kind == fault.Conflict { // too late: from the beginning
			errors[0].Field = "login"
			return v.showSignIn(page.StatusOf(kind), signInModel{back: m.back, errors: errors})
		}
		m.errors = errors
		return v.showCode(page.StatusOf(kind), m)
	}
	return v.enter(in, m.back)
}

// secondModel is the page on which the second step is set up.
type secondModel struct {
	ticket  string
	sharing signin.Sharing
	size    int    // of the picture, in modules with its rim
	picture string // its black modules as a path
	codes   []string
	errors  []page.Error
}

// proveSecond takes the passphrase again and goes on to where an app is given the secret.
func (v *visit) proveSecond() error {
	var ticket string
	err := v.Stretched(func() (err error) {
		ticket, err = v.Signin.Prove(v.R.Context(), v.By.Actor, v.R.PostFormValue("passphrase"), v.Network())
		return err
	})
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "passphrase-2")
		if err != nil {
			return err
		}
		return v.showUnlock(page.StatusOf(kind), errors)
	}
	return v.showSecond(0, secondModel{ticket: ticket, sharing: v.Signin.ShareSecond(v.User)})
}

func (v *visit) showSecond(status int, m secondModel) error {
	title := page.Key("signin.second")
	if len(m.codes) > 0 {
		title = page.Key("signin.second.recovery")
	} else {
		var err error
		if m.size, m.picture, err = picture(m.sharing.URI); err != nil {
			return err
		}
	}
	return v.Show(page.Page{Status: status, Title: title, Back: unlockPath, Errors: m.errors, Body: secondScreen(v.P, m)})
}

// picture draws a QR code as the path of an inline picture, with the rim that a camera needs.
func picture(text string) (size int, path string, err error) {
	const rim = 4
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return 0, "", fault.Wrap(fault.Internal, "fault.internal", err)
	}
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", from+rim, y+rim, x-from, x-from)
			}
		}
	}
	return code.Size + 2*rim, b.String(), nil
}

func (v *visit) addSecond() error {
	m := secondModel{ticket: v.R.PostFormValue("ticket"), sharing: v.Signin.Shared(v.User, v.R.PostFormValue("secret"))}
	if len(m.sharing.Secret) > 64 {
		return fault.New(fault.TooLarge, "web.form")
	}
	codes, err := v.Signin.AddSecond(v.R.Context(), v.By.Actor, m.ticket, m.sharing.Secret, v.Field("code"))
	if err != nil {
		kind, errors, err := v.refusedSignIn(err, "code")
		if err != nil {
			return err
		}
		m.errors = errors
		return v.showSecond(page.StatusOf(kind), m)
	}
	m.codes = codes
	return v.showSecond(http.StatusCreated, m)
}

func (v *visit) removeSecond() error {
	err := v.Stretched(func() error {
		return v.Signin.RemoveSecond(v.R.Context(), v.By.Actor, v.R.PostFormValue("passphrase"), v.Field("code"), v.Network())
	})
	if err != nil {
		_, key, _ := fault.Public(err)
		field := "passphrase-2"
		if key == "signin.code" || key == "signin.code.wrong" {
			field = "code"
		}
		kind, errors, err := v.refusedSignIn(err, field)
		if err != nil {
			return err
		}
		return v.showUnlock(page.StatusOf(kind), errors)
	}
	return v.To(unlockPath, "second-over")
}

// demands is where an administrator says for which roles a passphrase alone is not enough.
func (v *visit) demands() error {
	all, err := v.Signin.Demanded(v.R.Context(), v.By.Actor)
	if err != nil {
		return err
	}
	box := page.Checkboxes{Field: page.Field{ID: "role", Label: page.Key("signin.demand.roles"), Optional: true}}
	var law []string
	for _, r := range v.Signin.ByLaw() {
		law = append(law, page.RoleName(r).In(v.P))
	}
	if len(law) > 0 {
		box.Hint = page.Key("signin.demand.law", "roles", v.P.And(law...))
	}
	for _, r := range access.Roles() {
		if access.Combine([]access.Role{r}) == nil {
			box.Choices = append(box.Choices, page.Choice{Value: string(r), Text: page.RoleName(r)})
		}
	}
	for _, r := range all {
		box.Values = append(box.Values, string(r))
	}
	boxes := []page.Checkboxes{box}
	if len(v.Signin.AllIssuers()) > 0 {
		if all, err = v.Signin.DemandedIssuer(v.R.Context(), v.By.Actor); err != nil {
			return err
		}
		known := page.Checkboxes{Field: page.Field{ID: "issuer-role", Label: page.Key("signin.demand.issuer"), Hint: page.Key("signin.demand.issuer.hint"), Optional: true}}
		for _, c := range box.Choices {
			if c.Value != string(access.Administrator) {
				known.Choices = append(known.Choices, c)
			}
		}
		for _, r := range all {
			known.Values = append(known.Values, string(r))
		}
		boxes = append(boxes, known)
	}
	return v.Show(page.Page{Title: page.Key("signin.demand"), Back: "/users", Body: demandScreen(v.P, boxes)})
}

func (v *visit) demand() error {
	sent := func(field string) []access.Role {
		all := []access.Role{}
		for _, r := range v.R.PostForm[field] {
			all = append(all, access.Role(r))
		}
		return all
	}
	if err := v.Signin.Demand(v.R.Context(), v.By.Actor, sent("role")); err != nil {
		return err
	}
	if len(v.Signin.AllIssuers()) > 0 {
		if err := v.Signin.DemandIssuer(v.R.Context(), v.By.Actor, sent("issuer-role")); err != nil {
			return err
		}
	}
	return v.To("/demands", "demand")
}
