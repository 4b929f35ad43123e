// Verifies a status list with jose, and prints the first statuses: node status.mjs TOKEN PUBLIC_KEY COUNT
import {readFileSync} from 'node:fs'
import {inflateSync} from 'node:zlib'
import {importSPKI, jwtVerify} from 'jose'

const [file, pem, count] = process.argv.slice(2)
const key = await importSPKI(readFileSync(pem, 'utf8'), 'ES256')
const {payload} = await jwtVerify(readFileSync(file, 'utf8'), key, {typ: 'statuslist+jwt', algorithms: ['ES256']})
const {bits, lst} = payload.status_list
const list = inflateSync(Buffer.from(lst, 'base64url'))
const status = index => (list[Math.floor(index * bits / 8)] >> (index * bits % 8)) & (2 ** bits - 1)
console.log(JSON.stringify(Array.from({length: Number(count)}, (_, index) => status(index))))
