package weboffice

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/id"
	"github.com/opentrm/opentrm/internal/page"
)

// identitiesModel is whom the issuers mean by an account.
type identitiesModel struct {
	path    string
	all     []identityLine
	issuers []page.Choice // none: the node asks nobody
	issuer  string
	subject string
	errors  []page.Error
}

type identityLine struct {
	path string
	name string
	rows []page.Row
}

// identities are shown to whoever links them, on nodes that ask an issuer.
func (v *visit) identities(user id.User, m identitiesModel) (identitiesModel, error) {
	m.path = "/users/" + string(user) + "/identities"
	for _, i := range v.Signin.AllIssuers() {
		m.issuers = append(m.issuers, page.Choice{Value: i.Name, Text: page.Plain(i.Title)})
	}
	if len(m.issuers) == 0 || user == v.By.User {
		return identitiesModel{}, nil
	}
	all, err := v.Signin.Identities(v.R.Context(), v.By.Actor, user)
	for _, i := range all {
		line := identityLine{path: m.path + "/" + i.ID, name: v.Signin.IssuerTitle(i.Issuer), rows: []page.Row{
			{Key: page.Key("signin.issuer.since"), Value: v.When(i.Made)},
		}}
		if i.Used != 0 {
			line.rows = append(line.rows, page.Row{Key: page.Key("signin.passkey.used"), Value: v.When(i.Used)})
		}
		m.all = append(m.all, line)
	}
	return m, err
}

func (v *visit) linkUser() error {
	user := id.User(v.R.PathValue("user"))
	m := identitiesModel{issuer: v.Field("issuer"), subject: v.Field("subject")}
	if _, err := v.Signin.LinkUser(v.R.Context(), v.By.Actor, user, m.issuer, m.subject); err != nil {
		if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
			return err
		}
		m.errors = []page.Error{{Field: "subject", Text: page.Plain(v.P.Fault(err))}}
		return v.showAccount(http.StatusUnprocessableEntity, "", m)
	}
	return v.To("/users/"+string(user), "identity")
}

func (v *visit) unlinkUser() error {
	user := id.User(v.R.PathValue("user"))
	if err := v.Signin.UnlinkUser(v.R.Context(), v.By.Actor, user, v.R.PathValue("identity")); err != nil {
		return err
	}
	return v.To("/users/"+string(user), "identity-over")
}
