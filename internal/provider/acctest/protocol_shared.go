package acctest

// Share starts a provider that these cores, of one world, have in common from now
// on, as the resources of one configuration have. They may use it at the same time.
func Share(cores ...*Core) {
	cores[0].T.Helper()
	cores[0].shared = nil
	p, told := cores[0].start()
	if told.Failed() {
		p.T.Fatal(told)
	}
	for _, c := range cores {
		c.shared = p.server
	}
}
