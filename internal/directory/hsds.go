package directory

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/opentrm/opentrm/internal/frame"
)

// The parts of HSDS 3.0 that are written and read here. What a file holds beside them is named in the report.
// A value that a file leaves out is not there at all: HSDS knows no null.

type hsdsOrganization struct {
	ID          string         `json:"id"`
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Email       string         `json:"email,omitempty"`
	Website     string         `json:"website,omitempty"`
	Phones      []hsdsPhone    `json:"phones,omitempty"`
	Locations   []hsdsLocation `json:"locations,omitempty"`
	Services    []hsdsService  `json:"services,omitempty"`
}

type hsdsPhone struct {
	ID             string `json:"id"`
	OrganizationID string `json:"organization_id,omitempty"`
	Number         string `json:"number"`
}

type hsdsLocation struct {
	ID             string        `json:"id"`
	LocationType   string        `json:"location_type"`
	OrganizationID string        `json:"organization_id,omitempty"`
	Name           string        `json:"name,omitempty"`
	Addresses      []hsdsAddress `json:"addresses,omitempty"`
}

type hsdsAddress struct {
	ID            string `json:"id"`
	LocationID    string `json:"location_id,omitempty"`
	Address1      string `json:"address_1"`
	Address2      string `json:"address_2,omitempty"`
	City          string `json:"city"`
	Region        string `json:"region,omitempty"`
	StateProvince string `json:"state_province"`
	PostalCode    string `json:"postal_code"`
	Country       string `json:"country"`
	AddressType   string `json:"address_type"`
}

type hsdsService struct {
	ID             string          `json:"id"`
	OrganizationID string          `json:"organization_id,omitempty"`
	Name           string          `json:"name"`
	Description    string          `json:"description,omitempty"`
	Status         string          `json:"status"`
	AssuredDate    string          `json:"assured_date,omitempty"`
	Languages      []hsdsLanguage  `json:"languages,omitempty"`
	Attributes     []hsdsAttribute `json:"attributes,omitempty"`
}

type hsdsLanguage struct {
	ID        string `json:"id"`
	ServiceID string `json:"service_id,omitempty"`
	Name      string `json:"name,omitempty"`
	Code      string `json:"code,omitempty"`
}

type hsdsAttribute struct {
	ID         string    `json:"id"`
	LinkID     string    `json:"link_id,omitempty"`
	LinkEntity string    `json:"link_entity,omitempty"`
	Term       *hsdsTerm `json:"taxonomy_term,omitempty"`
}

type hsdsTerm struct {
	ID          string `json:"id"`
	Code        string `json:"code,omitempty"`
	Name        string `json:"name"`
	Description string `json:"description"`
	Taxonomy    string `json:"taxonomy,omitempty"`
}

// taxonomy names the list of services in a file.
const taxonomy = "opentrm-service"

// written turns an organisation into HSDS. It is given what a reader sees, in which nothing is confidential.
func written(o Organisation) hsdsOrganization {
	org := string(o.ID)
	out := hsdsOrganization{
		ID: org, Name: o.Body.Name, Description: o.Body.Description, Email: o.Body.Email, Website: o.Body.Website,
	}
	if o.Body.Phone != "" {
		out.Phones = []hsdsPhone{{ID: derived(org, "phone"), OrganizationID: org, Number: o.Body.Phone}}
	}
	for _, p := range o.Body.Places {
		if o.EndOf(PublicPlace, p.ID) != nil {
			continue
		}
		a := p.Address
		out.Locations = append(out.Locations, hsdsLocation{
			ID: p.ID, LocationType: "physical", OrganizationID: org, Name: p.Name,
			Addresses: []hsdsAddress{{
				ID: derived(p.ID, "address"), LocationID: p.ID, Address1: a.Line1, Address2: a.Line2, City: a.City, StateProvince: a.Region,
				PostalCode: a.PostalCode, Country: a.Country, AddressType: "physical",
			}},
		})
	}
	for _, x := range o.Body.Services {
		out.Services = append(out.Services, service(o, x))
	}
	return out
}

func service(o Organisation, x Offer) hsdsService {
	org, own := string(o.ID), string(x.ID)
	s := hsdsService{
		ID: own, OrganizationID: org, Name: x.Name, Description: x.Description, Status: "active",
		Attributes: []hsdsAttribute{{
			ID: derived(own, "attribute"), LinkID: own, LinkEntity: "service",
			Term: &hsdsTerm{ID: derived(taxonomy, x.Code), Code: x.Code, Name: x.Code, Description: x.Code, Taxonomy: taxonomy},
		}},
	}
	if o.EndOf(OneService, own) != nil {
		s.Status = "defunct"
	}
	if o.Verified != 0 {
		s.AssuredDate = o.Verified.Time().UTC().Format(time.DateOnly)
	}
	for _, l := range x.Languages {
		s.Languages = append(s.Languages, hsdsLanguage{ID: derived(own, "language", l), ServiceID: own, Name: l, Code: l})
	}
	return s
}

// derived makes the same UUID from the same texts, for parts of a record that have no identifier of their own.
func derived(parts ...string) string {
	sum := sha256.Sum256(frame.JoinText(append([]string{"opentrm/hsds/1"}, parts...)...))
	u := sum[:16]
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	h := hex.EncodeToString(u)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// left returns the names of the members of an object that hold something and are not among those that are read.
func left(raw json.RawMessage, read ...string) []string {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		return nil
	}
	var out []string
	for name, v := range all {
		empty := string(v) == "null" || string(v) == `""` || string(v) == "[]" || string(v) == "{}"
		if !empty && !slices.Contains(read, name) && text(name, 60, true) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), 50)]
}
