// Verifies a Sigstore bundle against one public key, with the Sigstore project's own verifier: node bundle.mjs BUNDLE PUBLIC_KEY
import {createPublicKey} from 'node:crypto'
import {readFileSync} from 'node:fs'
import {bundleFromJSON} from '@sigstore/bundle'
import {Verifier, toSignedEntity} from '@sigstore/verify'

const [file, pem] = process.argv.slice(2)
const key = createPublicKey(readFileSync(pem))
const material = {
  certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [],
  publicKey: () => ({publicKey: key, validFor: () => true}),
}
const bundle = bundleFromJSON(JSON.parse(readFileSync(file, 'utf8')))
new Verifier(material, {tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0}).verify(toSignedEntity(bundle))
const statement = JSON.parse(bundle.content.dsseEnvelope.payload.toString('utf8'))
console.log(statement.predicateType)
