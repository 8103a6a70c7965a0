/** What the Studio says about passkeys and proving who one is: a part of the catalogue. */
export const passkeyText = {
  passkeys: {
    title: 'Passkeys',
    body: 'A passkey is a key in this device, your phone or your password store. Where policy asks for it, it signs what you approve, after your PIN, your fingerprint or the like. The ledger keeps the signature.',
    list: 'Your passkeys',
    none: 'You have none yet.',
    otherHost: (host: string) => `good at ${host} only`,
    added: 'added',
    used: 'last used',
    neverUsed: 'never used',
    rename: 'Rename',
    renameWhat: (name: string) => `Rename ${name}`,
    renameTitle: 'Rename this passkey',
    renameDo: 'Save name',
    remove: 'Remove',
    removeWhat: (name: string) => `Remove ${name}`,
    removeTitle: 'Remove this passkey?',
    removeBody:
      'It proves nothing from now on. What it signed stays proved. Your device may go on keeping it: remove it there too.',
    removeDo: 'Remove passkey',
    nothingChanged: 'Nothing was changed.',
    add: 'Add a passkey…',
    addTitle: 'Add a passkey',
    name: 'Name',
    nameHint: 'How you tell your passkeys apart, such as the device it is in.',
    password: 'Your password',
    passwordHint: 'Then your browser asks where to keep the passkey.',
    addDo: 'Continue',
    adding: 'Waiting for your browser',
    fault: {
      stopped: 'Your browser was stopped, or it took too long. Try again, and confirm when it asks.',
      known: 'This device holds a passkey of yours already. Use that one, or choose another device.',
      address:
        'Your browser makes no passkeys at this address. Open this page by its name: on this machine at http://localhost.',
      other: 'Your browser could not do it.',
    },
  },
  proof: {
    wanted: {
      password: 'Policy asks whoever approves for their password or a passkey.',
      passkey: 'Policy asks whoever approves to sign with a passkey.',
    },
    password: 'Your password, once more',
    passwordHint: 'It is compared and forgotten.',
    usePasskey: 'Use a passkey instead',
    usePassword: 'Use the password instead',
    passkeyHint: 'With the button your browser asks for your passkey, which signs exactly this.',
    noPasskey: 'You have no passkey that is good at this address. Add one to approve this:',
    toAccount: 'your account',
    noPerson:
      'You are not signed in as a person, so you cannot approve this. Sign in with an account; you may reject it.',
    otherPayload:
      'What is shown here was not found to be what the approval binds. Nothing was signed: reload the page, and do not approve it if this comes again.',
    reading: 'Looking for your passkeys',
    notes: 'Neither wrong nor proved',
  },
}
