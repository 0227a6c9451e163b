package api

// staff registers what is about people who work here, their desks and keys.
func (a *API) staff(r *router) {
	open(r, "health", a.health)

	open(r, "session.sign-in", a.signIn)
	add(r, "session.current", a.currentSession)
	add(r, "session.act", a.act)
	add(r, "session.sign-out", a.signOut)
	add(r, "session.list", a.listSessions)
	add(r, "session.revoke", a.revokeSession)

	add(r, "user.list", a.listUsers)
	add(r, "user.invite", a.inviteUser)
	add(r, "user.reinvite", a.reinviteUser)
	open(r, "user.enrol", a.enrolUser)
	add(r, "user.disable", a.disableUser)

	add(r, "desk.list", a.listDesks)
	add(r, "desk.found", a.foundDesk)
	add(r, "desk.change", a.changeDesk)
	add(r, "desk.classify", a.classifyDesk)
	add(r, "desk.members", a.listMembers)
	add(r, "desk.propose", a.proposeMember)
	add(r, "desk.grant", a.grantMember)
	add(r, "desk.remove", a.removeMember)
	add(r, "desk.duty", a.readDuty)
	add(r, "desk.schedule", a.scheduleDuty)
	add(r, "desk.rotate", a.rotateDesk)
	add(r, "desk.rotate-intake", a.rotateIntake)
	add(r, "desk.rewrap", a.rewrapDesk)

	add(r, "key.state", a.keyState)
	add(r, "key.enrol", a.enrolOfficers)
	add(r, "key.offer", a.offerShare)
	add(r, "key.paper", a.takePaper)
	add(r, "key.drill", a.drill)
	add(r, "key.recover", a.recoverUser)
	add(r, "key.rotate", a.rotateNodeKey)
	add(r, "key.authority", a.newAuthority)

	add(r, "notice.set", a.setNotices)
}

// network registers what is about other members, the door between them, the log and the law.
func (a *API) network(r *router) {
	add(r, "roster.read", a.readRoster)
	add(r, "roster.import", a.importRoster)
	add(r, "member.join", a.joinNetwork)
	add(r, "member.publish", a.publishSheet)
	add(r, "member.sign-sheet", a.signSheet)
	add(r, "member.block", a.blockMember)
	add(r, "member.unblock", a.unblockMember)

	add(r, "exchange.list", a.listExchange)
	add(r, "exchange.export", a.exportCourier)
	add(r, "exchange.import", a.importCourier)
	add(r, "exchange.reopen", a.reopenExchange)

	add(r, "audit.entries", a.auditEntries)
	add(r, "audit.unusual", a.auditUnusual)
	add(r, "audit.state", a.auditState)
	add(r, "audit.checkpoint", a.auditCheckpoint)
	add(r, "audit.proof", a.auditProof)
	add(r, "audit.verify", a.auditVerify)

	add(r, "profile.items", a.profileItems)
	add(r, "profile.confirm", a.confirmItem)
}
