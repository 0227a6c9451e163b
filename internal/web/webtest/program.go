package webtest

import "github.com/opentrm/opentrm/internal/signin"

// Programs makes four service accounts: two that import, of which the desk has been asked about the first and has let in the second, and two that
// read, of which the data-protection officer has been asked about the first and has granted the second. It returns their pages.
func Programs(w *World) (pages [4]string) {
	w.T.Helper()
	ctx, s := w.T.Context(), w.Node.Signin
	ana, ada := w.Node.As("ana").Actor, w.Node.As("ada").Actor
	for i, name := range []string{"DEMO register of the shelter", "DEMO nightly import"} {
		p, _, err := s.ProposeProgram(ctx, ada, signin.Wanted{
			Name: name, Desk: ana.Desk, Purposes: []signin.Purpose{signin.Import}, Networks: []string{"192.0.2.7", "2001:db8::/32"},
		})
		if err == nil && i == 1 {
			_, err = s.ConfirmProgram(ctx, ana, p.ID, p.Version)
		}
		if err != nil {
			w.T.Fatal(err)
		}
		pages[i] = "/service-accounts/" + string(p.ID)
	}
	dora := w.Node.As("dora")
	for i, name := range []string{"DEMO reader", "DEMO plan of rooms"} {
		p, _, err := s.ProposeProgram(ctx, ada, signin.Wanted{Name: name, Desk: ana.Desk, Purposes: []signin.Purpose{signin.ReadCases, signin.ReadPersons}[i : i+1], Quota: 50})
		if err == nil && i == 1 {
			_, err = s.ApproveReader(ctx, dora, p.ID, p.Version)
		}
		if err != nil {
			w.T.Fatal(err)
		}
		pages[2+i] = "/service-accounts/" + string(p.ID)
	}
	return pages
}
