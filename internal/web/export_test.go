package web

import (
	"net/http"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/keyring"
)

// HandlerOf returns the door with one page, /seen, for who may do an action. It gives whom it sees, and panics then, as a
// page with a defect.
func (s *Web) HandlerOf(action access.Action, see func(keyring.Bearer)) http.Handler {
	return s.handler([]Route{{Pattern: "GET /seen", Action: action, Serve: func(v *Visit) error {
		see(v.by)
		panic("a defect")
	}}})
}
