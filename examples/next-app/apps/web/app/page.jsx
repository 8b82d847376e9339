export default function Page() {
  return <h1>Hosted keys</h1>
}
